#!/usr/bin/perl
# Log::Minimal's infof from its public behaviour, for machines that have no CPAN: level, format, caller, local time, escapes, one line to
# standard error. Without the rest (colours, dumps, hooks), so rather faster than the module. Prints the seconds that N lines took.
use strict;
use warnings;
use Time::HiRes ();

our $LEVEL = 'DEBUG';
our $PRINT = sub { my ($time, $tag, $message, $trace) = @_; print STDERR "$time [$tag] $message at $trace\n" };
my %RANK = (DEBUG => 1, INFO => 2, WARN => 3, CRITICAL => 4, MUTE => 0);

sub infof {
    return if !$RANK{uc $LEVEL} || $RANK{INFO} < $RANK{uc $LEVEL};
    my $message = @_ > 1 ? sprintf(shift, @_) : @_ ? $_[0] : '';
    $message =~ s/\x0d/\\r/g;
    $message =~ s/\x0a/\\n/g;
    $message =~ s/\x09/\\t/g;
    my (undef, $file, $line) = caller(0);
    my @now = localtime;
    my $time = sprintf '%04d-%02d-%02dT%02d:%02d:%02d', $now[5] + 1900, $now[4] + 1, @now[3, 2, 1, 0];
    $PRINT->($time, 'INFO', $message, "$file line $line");
}

my $lines = shift // 100_000;
my $start = Time::HiRes::time();
infof('user %d has come in from %s', $_, '192.0.2.1') for 1 .. $lines;
print Time::HiRes::time() - $start, "\n";
