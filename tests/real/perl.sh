# SPDX-License-Identifier: Apache-2.0
# perl: files, processes, pipes, sockets, signals, modules.
perl -e '
use strict; use warnings; use File::Find; use File::Temp qw(tempdir); use Cwd; use POSIX;
use IO::Socket::UNIX; use Socket;
my $d = tempdir(DIR => ".", CLEANUP => 1);
for my $i (1..50) { open(my $f, ">", "$d/f$i") or die; print $f "x" x $i; close $f }
my $n = 0; find(sub { $n += -s if -f }, $d); print "bytes $n\n";
my $pid = fork // die; if (!$pid) { exit 7 } waitpid($pid, 0); print "child ", $? >> 8, "\n";
print "qx ", `echo hello`; open(my $p, "-|", "seq 3") or die; print <$p>; close $p;
local $SIG{ALRM} = sub { die "alarm\n" }; eval { alarm 1; sleep 10 }; print "got $@";
unlink "s"; my $l = IO::Socket::UNIX->new(Local => "s", Listen => 1) or die $!;
if (!fork) { my $c = IO::Socket::UNIX->new("s"); print $c "via socket\n"; exit }
my $c = $l->accept; print <$c>; wait;
print "same dir\n" if getcwd() eq POSIX::getcwd(); print "uname ", (uname())[0], "\n";
my @s = stat "/etc/passwd"; printf "mode %o\n", $s[2] & 07777; print -l "s" ? 1 : 0, -S "s" ? 1 : 0, "\n";
rename "s", "t" or die; print join(" ", grep { length == 1 } sort glob("*")), "\n"; system("sh", "-c", "exit 3"); print $? >> 8, "\n";
exec "echo", "replaced" or die;'
perl -MData::Dumper -MList::Util=sum -MJSON::PP -e 'print encode_json([sum(1..10)]), "\n"'
