# SPDX-License-Identifier: Apache-2.0
# A single-file program: threads, files, processes.
# TIMEOUT: 120
command -v java >/dev/null || { echo "skip: java is not installed"; exit 77; }
cat >M.java <<'EOF'
import java.nio.file.*; import java.util.*; import java.util.concurrent.*;
public class M { public static void main(String[] a) throws Exception {
	ExecutorService ex = Executors.newFixedThreadPool(4); List<Future<Integer>> fs = new ArrayList<>();
	for (int i = 0; i < 8; i++) { final int k = i; fs.add(ex.submit(() -> { Path p = Path.of("f" + k); for (int j = 0; j < 50; j++) { Files.writeString(p, "" + j); if (!Files.readString(p).equals("" + j)) return -1; } return k; })); }
	int s = 0; for (var f : fs) s += f.get(); ex.shutdown();
	Process p = new ProcessBuilder("sh", "-c", "echo from child; exit 3").redirectErrorStream(true).start();
	System.out.println(s + " " + new String(p.getInputStream().readAllBytes()).trim() + " " + p.waitFor());
	System.out.println(Path.of(".").toRealPath().equals(Path.of("").toAbsolutePath()) + " " + Files.exists(Path.of("/etc/passwd")));
	try (var st = Files.walk(Path.of("."))) { System.out.println(st.filter(Files::isRegularFile).count()); }
	try { Files.readString(Path.of("none")); } catch (NoSuchFileException e) { System.out.println("none: " + e.getMessage()); }
	System.exit(5); } }
EOF
java -XX:+UseSerialGC -Xshare:auto M.java; echo $?
