# SPDX-License-Identifier: Apache-2.0
# Compile and run with rustc, where the caller may read it.
# TIMEOUT: 120
[ -n "$RUSTC" ] || { echo "skip: rustc is not installed for this user"; exit 77; }
cat >m.rs <<'EOF'
use std::{fs, thread, process::Command, io::Write, os::unix::net::{UnixListener, UnixStream}};
fn main() {
    let hs: Vec<_> = (0..8).map(|i| thread::spawn(move || { let p = format!("t{i}"); for k in 0..50 { fs::write(&p, k.to_string()).unwrap(); assert_eq!(fs::read_to_string(&p).unwrap(), k.to_string()); } i })).collect();
    println!("{}", hs.into_iter().map(|h| h.join().unwrap()).sum::<i32>());
    let o = Command::new("sh").args(["-c", "echo child; exit 3"]).output().unwrap();
    println!("{:?} {:?}", o.status.code(), String::from_utf8(o.stdout));
    let l = UnixListener::bind("s").unwrap(); let t = thread::spawn(|| UnixStream::connect("s").unwrap().write_all(b"x").unwrap());
    let mut c = l.accept().unwrap().0; t.join().unwrap(); println!("{}", std::io::copy(&mut c, &mut std::io::sink()).unwrap());
    println!("{:?}", fs::read("none").map_err(|e| e.kind())); std::process::exit(6);
}
EOF
"$RUSTC" -O -o m m.rs && ./m; echo $?
