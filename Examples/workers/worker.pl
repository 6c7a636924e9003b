# A worker for Hakobi, as in: hakobi up --worker 'perl worker.pl'
use strict;
use warnings;
use IO::Handle;
use JSON::PP;

# The service speaks through a socket of its own; what anybody prints goes to standard error, and so into the log.
open my $from_service, '<&=', $ENV{HAKOBI_SOCKET} or die "no service: $!";
open my $to_service, '>&=', $ENV{HAKOBI_SOCKET} or die "no service: $!";
open STDOUT, '>&', \*STDERR or die "no standard error: $!";
$to_service->autoflush(1);
my $json = JSON::PP->new->utf8->allow_nonref;

sub say_to_service { print {$to_service} $json->encode({@_}), "\n" }

my %handlers = (
    # Completes with its payload as the result; bytes that are not JSON come and go as Base64.
    echo => sub {
        my ($job) = @_;
        return exists $job->{payload64} ? (result64 => $job->{payload64}) : (result => $job->{payload});
    },
    fail => sub { die "as it was asked to\n" },
    # The follow-up is stored in the same transaction as this job's completion, or not at all.
    follow => sub {
        my ($job) = @_;
        say_to_service(type => 'enqueue', id => $job->{id}, kind => 'echo', payload => 'follows');
        return;
    },
    count => sub {
        my ($job) = @_;
        say_to_service(type => 'progress', id => $job->{id}, done => $_, total => 3, checkpoint => { done => $_ })
            for 1 .. 3;
        return;
    },
    talk => sub { print "this line is in the log\n"; return },
    # Runs until it is told to stop.
    wait => sub {
        while (my $line = <$from_service>) {
            return (outcome => 'cancelled') if $json->decode($line)->{type} eq 'cancel';
        }
    },
);

say_to_service(type => 'hello', version => 1, kinds => [keys %handlers]);
while (my $line = <$from_service>) {
    my $job = $json->decode($line);
    # A hello, a drain, a cancel that came too late, or what a later release says.
    next unless $job->{type} eq 'job';
    my @outcome = eval { $handlers{ $job->{kind} }->($job) };
    @outcome = (outcome => 'failed', error => $@) if $@;
    say_to_service(type => 'outcome', id => $job->{id}, outcome => 'completed', @outcome);
}
