import json
import queue
import sys

import stomp

CONNECTIONS = {
    "1.0": stomp.StompConnection10,
    "1.1": stomp.StompConnection11,
    "1.2": stomp.StompConnection12,
}


class Player(stomp.ConnectionListener):
    """Does what a test asks for, line by line, with one connection of stomp.py: see play.mjs."""

    def __init__(self):
        self.connection = None
        self.given = None
        self.session = None
        self.recover = False
        self.subscriptions = {}
        self.received = []
        self.inbox = queue.Queue()
        self.receipts = queue.Queue()

    # What the library tells, in its receiver thread.

    def on_connected(self, frame):
        self.session = frame.headers["session"]

    def on_message(self, frame):
        self.received.append(frame)
        self.inbox.put({"message": {"headers": frame.headers, "body": frame.body}})

    def on_receipt(self, frame):
        self.receipts.put(frame.headers["receipt-id"])

    def on_error(self, frame):
        self.inbox.put({"error": {"message": frame.headers["message"]}})

    def on_disconnected(self):
        # As its manual shows: connect again from here.
        if self.recover:
            self._connect()
            for one in self.subscriptions.values():
                self._subscribe(**one)
        else:
            self.inbox.put({"closed": True})

    # What the test asks for.

    def connect(self, host, port, version, heartbeat, recover, **given):
        options = {} if version == "1.0" else {"heartbeats": tuple(heartbeat)}
        self.connection = CONNECTIONS[version]([(host, port)], **options)
        self.connection.set_listener("player", self)
        self.given = given
        self.recover = recover
        self._connect()
        return {"session": self.session}

    def _connect(self):
        self.connection.connect(self.given["login"], self.given["passcode"], wait=True)

    def subscribe(self, id, **one):
        self.subscriptions[id] = {"id": id, **one}
        self._subscribe(id, **one)

    def _subscribe(self, id, destination, ack, headers):
        self.connection.subscribe(destination, id=id, ack=ack, headers=headers)

    def unsubscribe(self, id, destination):
        del self.subscriptions[id]
        self.connection.unsubscribe(id=id)

    def send(self, destination, body, headers, transaction=None, receipt=None):
        added = {"transaction": transaction, "receipt": receipt}
        added = {name: value for name, value in added.items() if value}
        self.connection.send(destination, body, headers={**headers, **added})
        return {"receipt": self.receipts.get()} if receipt else {}

    def ack(self, message, transaction=None):
        self.connection.ack(**self._named(message), transaction=transaction)

    def nack(self, message):
        self.connection.nack(**self._named(message))

    def _named(self, message):
        headers = self.received[message].headers
        version = self.connection.version
        if version == "1.2":
            return {"id": headers["ack"]}
        named = {"id": headers["message-id"]}
        return named if version == "1.0" else {**named, "subscription": headers["subscription"]}

    def begin(self, transaction):
        self.connection.begin(transaction)

    def commit(self, transaction):
        self.connection.commit(transaction)

    def abort(self, transaction):
        self.connection.abort(transaction)

    def next(self):
        return self.inbox.get()

    def disconnect(self):
        self.recover = False
        self.connection.disconnect(receipt="goodbye")


player = Player()
for line in sys.stdin:
    asked = json.loads(line)
    act = asked.pop("do")
    if act == "connect":
        asked.pop("url")
    try:
        answer = {"saw": getattr(player, act)(**asked) or {}}
    except Exception as error:
        answer = {"failed": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
