use strict;
use warnings;
use Encode qw(decode_utf8 encode_utf8);
use JSON::PP;
use Net::Stomp;

# Does what a test asks for, line by line, with one Net::Stomp: see play.mjs.
# Net::Stomp takes and gives octets; the test's lines hold characters.

my ( $stomp, $recover, @received );

sub octets {
    my ($headers) = @_;
    return map { encode_utf8($_) => encode_utf8( $headers->{$_} ) } keys %$headers;
}

sub frame {
    my ( $command, %headers ) = @_;
    $stomp->send_frame( Net::Stomp::Frame->new( { command => $command, headers => \%headers } ) );
    return {};
}

# Since STOMP 1.2 the ACK is about the message's `ack` header, and in 1.1 about a subscription too.
sub named {
    my ($message) = @_;
    my $headers = $message->headers;
    return (
        frame        => $message,
        subscription => $headers->{subscription},
        exists $headers->{ack} ? ( id => $headers->{ack} ) : (),
    );
}

my %acts = (
    connect => sub {
        my ($given) = @_;
        $recover = $given->{recover};
        $stomp   = Net::Stomp->new(
            {   hostname       => $given->{host},
                port           => $given->{port},
                connect_delay  => 1,
                socket_options => { Timeout => 60 },
            }
        );
        my %version = $given->{version} eq '1.0' ? () : ( 'accept-version' => $given->{version} );
        my $frame   = $stomp->connect(
            { login => $given->{login}, passcode => $given->{passcode}, host => 'localhost', %version } );
        die 'not connected: ' . $frame->command if $frame->command ne 'CONNECTED';
        return { session => $stomp->session_id };
    },
    subscribe => sub {
        my ($given) = @_;
        my %headers = octets( $given->{headers} );
        $stomp->subscribe(
            { %headers, destination => $given->{destination}, id => $given->{id}, ack => $given->{ack} } );
        return {};
    },
    unsubscribe => sub {
        my ($given) = @_;
        $stomp->unsubscribe( { id => $given->{id} } );
        return {};
    },
    send => sub {
        my ($given) = @_;
        my $body    = encode_utf8( $given->{body} );
        my %message = (
            octets( $given->{headers} ),
            destination      => $given->{destination},
            body             => $body,
            'content-length' => length $body,
        );
        $message{transaction} = $given->{transaction} if $given->{transaction};
        if ( $given->{receipt} ) {
            my $answer;
            $stomp->send_with_receipt( \%message, $answer ) or die 'no receipt';
            return { receipt => $answer->headers->{'receipt-id'} };
        }
        $stomp->send( \%message );
        return {};
    },
    ack => sub {
        my ($given) = @_;
        my %transaction = $given->{transaction} ? ( transaction => $given->{transaction} ) : ();
        $stomp->ack( { named( $received[ $given->{message} ] ), %transaction } );
        return {};
    },
    nack => sub {
        my ($given) = @_;
        $stomp->nack( { named( $received[ $given->{message} ] ) } );
        return {};
    },
    begin  => sub { frame( 'BEGIN',  transaction => $_[0]{transaction} ) },
    commit => sub { frame( 'COMMIT', transaction => $_[0]{transaction} ) },
    abort  => sub { frame( 'ABORT',  transaction => $_[0]{transaction} ) },
    next   => sub {
        my $frame = $stomp->receive_frame;
        # The next call connects and subscribes again.
        $frame = $stomp->receive_frame while !$frame && $recover;
        return { closed => JSON::PP::true } if !$frame;
        my %headers = map { decode_utf8($_) } %{ $frame->headers };
        return { error => { message => $headers{message} } } if $frame->command eq 'ERROR';
        push @received, $frame;
        return { message => { headers => \%headers, body => decode_utf8( $frame->body ) } };
    },
    disconnect => sub {
        $stomp->disconnect;
        return {};
    },
);

my $json = JSON::PP->new->utf8;
$| = 1;
while ( my $line = <STDIN> ) {
    my $given  = $json->decode($line);
    my $act    = delete $given->{do};
    my $saw    = eval { $acts{$act}->($given) };
    my $answer = $saw ? { saw => $saw } : { failed => "$@" };
    print $json->encode($answer), "\n";
}
