<?php

/** Does what a test asks for, line by line, with one Stomp of the extension: see play.mjs. */
class Player
{
    private Stomp $stomp;
    private array $given;
    private array $subscriptions = [];
    private array $received = [];

    public function connect(array $given): array
    {
        $this->given = $given;
        $headers = ['host' => 'localhost'];
        if ($given['version'] !== '1.0') {
            $headers['accept-version'] = $given['version'];
        }
        $broker = "tcp://{$given['host']}:{$given['port']}";
        $this->stomp = new Stomp($broker, $given['login'], $given['passcode'], $headers);
        return ['session' => $this->stomp->getSessionId()];
    }

    public function subscribe(array $given): array
    {
        ['destination' => $destination, 'id' => $id, 'ack' => $ack, 'headers' => $headers] = $given;
        $this->subscriptions[$id] = $given;
        $this->stomp->subscribe($destination, [...$headers, 'id' => $id, 'ack' => $ack]);
        return [];
    }

    public function unsubscribe(array $given): array
    {
        unset($this->subscriptions[$given['id']]);
        $this->stomp->unsubscribe($given['destination'], ['id' => $given['id']]);
        return [];
    }

    public function send(array $given): array
    {
        $headers = $given['headers'];
        if (isset($given['transaction'])) {
            $headers['transaction'] = $given['transaction'];
        }
        // With a receipt asked for, it gives true when that has come.
        if (isset($given['receipt'])) {
            $headers['receipt'] = $given['receipt'];
        }
        if (!$this->stomp->send($given['destination'], $given['body'], $headers)) {
            throw new Exception($this->stomp->error());
        }
        return isset($given['receipt']) ? ['receipt' => $given['receipt']] : [];
    }

    public function ack(array $given): array
    {
        $headers = $this->named($given);
        $this->stomp->ack($this->received[$given['message']], $headers);
        return [];
    }

    public function nack(array $given): array
    {
        $this->stomp->nack($this->received[$given['message']], $this->named($given));
        return [];
    }

    /** It sends the headers of the message, which is enough for STOMP 1.0 and 1.1. */
    private function named(array $given): array
    {
        $headers = $this->received[$given['message']]->headers;
        $named = isset($headers['ack']) ? ['id' => $headers['ack']] : [];
        return isset($given['transaction']) ? [...$named, 'transaction' => $given['transaction']] : $named;
    }

    public function begin(array $given): array
    {
        $this->stomp->begin($given['transaction']);
        return [];
    }

    public function commit(array $given): array
    {
        $this->stomp->commit($given['transaction']);
        return [];
    }

    public function abort(array $given): array
    {
        $this->stomp->abort($given['transaction']);
        return [];
    }

    public function next(): array
    {
        try {
            $frame = $this->stomp->readFrame();
        } catch (StompException $error) {
            return ['error' => ['message' => $error->getMessage()]];
        }
        if ($frame === false && $this->given['recover']) {
            $this->connect($this->given);
            array_map($this->subscribe(...), $this->subscriptions);
            return $this->next();
        }
        if ($frame === false) {
            return ['closed' => true, 'because' => $this->stomp->error()];
        }
        $this->received[] = $frame;
        return ['message' => ['headers' => $frame->headers, 'body' => $frame->body ?? '']];
    }

    public function disconnect(): array
    {
        unset($this->stomp);
        return [];
    }
}

// By default it gives up after 2 s of silence; here the test decides when it has been long enough.
ini_set('stomp.default_read_timeout_sec', '60');
ini_set('stomp.default_connection_timeout_sec', '60');

$player = new Player();
while (($line = fgets(STDIN)) !== false) {
    $given = json_decode($line, true, flags: JSON_THROW_ON_ERROR);
    try {
        $answer = ['saw' => (object) $player->{$given['do']}($given)];
    } catch (Throwable $error) {
        $answer = ['failed' => get_class($error) . ': ' . $error->getMessage()];
    }
    echo json_encode($answer, JSON_THROW_ON_ERROR), "\n";
}
