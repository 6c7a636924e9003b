#!/usr/bin/env perl
# TheSchwartz on MariaDB: no-op jobs by its own loop. The better of several numbers of worker processes counts.
use strict;
use warnings;

package Nothing;
use parent 'TheSchwartz::Worker';
our $ran;
sub work { my ( $class, $job ) = @_; $job->completed; $ran->() if $ran }

package main;
use Getopt::Long;
use Time::HiRes qw(time sleep);
use DBI;
use TheSchwartz;

GetOptions( 'jobs=i' => \( my $jobs = 20_000 ), 'url=s' => \my $url, 'directory=s' => \my $directory ) or exit 2;
# At some hundreds a second fewer jobs say the same.
$jobs = int( $jobs / 10 );
my ( $user, $password, $host, $port ) = $url =~ m{^\w+://([^:]+):([^@]*)@([^:/]+):(\d+)/} or die "what is $url?\n";
my $name   = "peer_$$";
my $server = "dbi:mysql:host=$host;port=$port";
my $admin  = DBI->connect( $server, $user, $password, { RaiseError => 1 } );
my $schema = do { local ( @ARGV, $/ ) = '/usr/share/doc/libtheschwartz-perl/schema.sql'; <> };

sub client {
    my %more = @_;
    return TheSchwartz->new( databases => [ { dsn => "$server;database=$name", user => $user, pass => $password } ], %more );
}

# Runs with an empty database, which is gone afterwards.
sub fresh {
    my ($work) = @_;
    $admin->do("DROP DATABASE IF EXISTS $name");
    $admin->do("CREATE DATABASE $name");
    $admin->do("USE $name");
    $admin->do($_) for grep {/\S/} split /;\s*\n/, $schema;
    my @result = $work->();
    $admin->do("DROP DATABASE $name");
    return wantarray ? @result : $result[0];
}

my $payload = '{"userID":123456789,"note":"' . ( 'x' x 72 ) . '"}';

sub enqueue {
    my $client = client();
    my $start  = time;
    $client->insert( 'Nothing', $payload ) for 1 .. $_[0];
    return $_[0] / ( time - $start );
}

sub drain {
    my ( $workers, $batch ) = @_;
    enqueue($jobs);
    my $start = time;
    my @pids;
    for ( 1 .. $workers ) {
        defined( my $pid = fork ) or die "fork: $!";
        push @pids, $pid and next if $pid;
        $admin->{InactiveDestroy} = 1;
        my $client = client( batch_size => $batch );
        $client->can_do('Nothing');
        $client->work_until_done;
        exit 0;
    }
    waitpid $_, 0 for @pids;
    my $rate = $jobs / ( time - $start );
    my ($left) = $admin->selectrow_array('SELECT count(*) FROM job');
    die "TheSchwartz left $left jobs\n" if $left;
    return $rate;
}

sub report { printf qq({"peer": "theschwartz", "figure": "%s", "per_second": %.1f, "version": "%s", %s}\n), @_ }

$| = 1;
my $version = $TheSchwartz::VERSION;
report( 'enqueue', fresh( sub { enqueue($jobs) } ), $version, qq("jobs": $jobs) );
my ( $best, $setting ) = (0);
for my $workers ( 1, 2, 4 ) {
    my $rate = fresh( sub { drain( $workers, 50 ) } );
    ( $best, $setting ) = ( $rate, $workers ) if $rate > $best;
}
report( 'drain', $best, $version, qq("jobs": $jobs, "workers": $setting) );
