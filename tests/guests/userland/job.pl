# What perl computes, for comparison between two machines: no line depends on hash order, time or machine.
use strict;
use warnings;
use Math::BigInt;
use Math::BigFloat;
use List::Util qw(sum);
use POSIX qw(floor ceil fmod);
use Digest::SHA qw(sha1_hex sha256_hex sha512_hex);
use Digest::MD5 qw(md5_hex);
use Encode qw(encode);
use MIME::Base64;

my $scale = $ENV{LPAR_TEST_ALL} ? 10 : 1;
my $state = 12345;
sub rnd { $state = ($state * 1103515245 + 12345) & 0x7fffffff; return $state >> 8 }

# sort: numbers, strings, by several keys, stable
my @n = map { rnd() % 100000 } 1 .. 2000 * $scale;
print "numbers ", md5_hex(join ",", sort { $a <=> $b } @n), "\n";
print "strings ", md5_hex(join ",", sort @n), "\n";
print "keys ", md5_hex(join ",", sort { length $a <=> length $b || $b cmp $a } @n), "\n";
my %h;
$h{ $_ % 997 } += $_ for @n;
print "hash ", md5_hex(join ",", map { "$_=$h{$_}" } sort { $a <=> $b } keys %h), "\n";

# regular expressions
my $text = join " ", map { my $w = ""; $w .= chr(97 + rnd() % 26) for 0 .. rnd() % 9; $w } 1 .. 2000 * $scale;
my $count = () = $text =~ /\b(\w)(\w*?)\1\b/g;
print "palindromic ends $count\n";
(my $swapped = $text) =~ s/(\w+) (\w+)/$2 $1/g;
print "swapped ", sha1_hex($swapped), "\n";
my %first;
$first{ lc $1 }++ while $text =~ /\b([a-z])[aeiou]+[^aeiou]/gi;
print join(" ", map { "$_$first{$_}" } sort keys %first), "\n";
my $nested = "((a(b)c)(d(e(f))))" x 20;
my $re = qr/\((?:[^()]++|(?R))*+\)/;
my @balanced = $nested =~ /$re/g;
print "balanced ", scalar @balanced, "\n";
print "tr ", ($text =~ tr/a-m/n-z/r =~ tr/e//), "\n";

# numbers as text and back
for my $i (1 .. 200 * $scale) {
    my $x = (rnd() - 4000000) * ("1e" . (rnd() % 40 - 20));
    my $line = sprintf "%.17g %e %.3f %g %x %o %+d %05d %s", $x, $x, $x / 1e10, $x, rnd(), rnd(), rnd(), rnd() % 1000, $x;
    my ($back) = $line =~ /^(\S+)/;
    print "FAIL: $back is not $x\n" if $back != $x;
    print "$line\n" if $i % 10 == 0;
}
print join(" ", map { sprintf "%.15g", $_ } sqrt(2), exp(1), log(10), sin(1), cos(1), atan2(1, 2), 2**0.5, 10 % 3, -10 % 3,
    fmod(-10, 3), floor(-2.5), ceil(2.5), int(-2.7), 1e308 * 10, -9**9**9, 0.1 + 0.2), "\n";
{ use integer; print join(" ", -7 / 2, -7 % 3, 1 << 62, ~0), "\n"; }
print join(" ", ~0, 18446744073709551615 - 1, 9223372036854775807 + 1, 0xffffffff * 0xffffffff, -17 >> 60), "\n";

# packing
my $packed = pack "N n v V q> Q< f> d> w a5 H8", 0xdeadbeef, 0x1234, 0x1234, 0xdeadbeef, -5, 2**40, 1.5, -2.25, 300, "abc",
    "0123abcd";
print "packed ", unpack("H*", $packed), "\n";
print "unpacked ", join(",", unpack "N n v V q> Q< f> d> w", $packed), "\n";

# big numbers
my $f = Math::BigInt->new(1);
$f *= $_ for 1 .. 120;
print "120! = $f\n";
print "2**521-1 mod 10**9+7 = ", (Math::BigInt->new(2)**521 - 1) % 1000000007, "\n";
print "modpow ", Math::BigInt->new("123456789012345678901234567890")->bmodpow("987654321", "1000000000000000000000007"), "\n";
print "gcd ", Math::BigInt::bgcd("123456789012345678901234567890", "987654321098765432109876543210"), "\n";
print "pi ", Math::BigFloat->bpi(60), "\n";
print "sqrt 2 ", Math::BigFloat->new(2)->bsqrt(60), "\n";
print "exp 1 ", Math::BigFloat->new(1)->bexp(40), "\n";

# digests and text
print "sha ", sha256_hex($text), " ", sha512_hex($text), "\n";
print "utf-8 ", unpack("H*", encode("UTF-8", join "", map { chr(rnd() % 0xd000) } 1 .. 40)), "\n";
print "base64 ", md5_hex(encode_base64($text)), "\n";
my @closures = map { my $k = $_; sub { $k * shift } } 1 .. 10;
print "closures ", sum(map { $_->(7) } @closures), "\n";
my $r = eval { die { code => 42 } };
print "die $@->{code}\n";
local $SIG{ALRM} = sub { print "alarm\n" };
alarm 1;
select undef, undef, undef, 3;
print "pipe ", scalar(`echo from a child`);
