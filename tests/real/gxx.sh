# SPDX-License-Identifier: Apache-2.0
# C++: streams, threads, exceptions, filesystem.
# TIMEOUT: 60
cat >m.cc <<'EOF'
#include <iostream>
#include <thread>
#include <vector>
#include <mutex>
#include <filesystem>
#include <fstream>
#include <stdexcept>
namespace fs = std::filesystem;
int main() {
	std::mutex m; int n = 0; std::vector<std::thread> v;
	for (int i = 0; i < 8; i++) v.emplace_back([&] { for (int k = 0; k < 100; k++) { std::ofstream("f" + std::to_string(k % 7)) << k; std::lock_guard l(m); n++; } });
	for (auto &t : v) t.join();
	fs::create_directories("a/b/c"); fs::copy("f1", "a/f1"); size_t c = 0;
	for (auto &e : fs::recursive_directory_iterator(".")) c += e.is_regular_file();
	try { fs::file_size("none"); } catch (fs::filesystem_error &e) { std::cout << e.code().value() << "\n"; }
	std::cout << n << " " << fs::exists("a/f1") << " " << (c > 7) << " " << fs::canonical("a/../a").filename() << "\n";
}
EOF
g++ -std=c++17 -O1 -pthread -o m m.cc && ./m; echo $?
