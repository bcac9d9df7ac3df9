require 'json'
require 'stomp'

# Does what a test asks for, line by line, with one connection of the stomp gem: see play.mjs.
class Player
  def initialize
    @received = []
  end

  def connect(host:, port:, version:, login:, passcode:, heartbeat:, recover:, **)
    headers = { 'accept-version' => version, 'host' => 'localhost', 'heart-beat' => heartbeat.join(',') }
    @connection = Stomp::Connection.new(
      hosts: [{ host: host, port: port, login: login, passcode: passcode }],
      # Connects and subscribes again by itself.
      reliable: recover,
      connect_headers: version == '1.0' ? {} : headers
    )
    { session: @connection.connection_frame.headers['session'] }
  end

  def subscribe(destination:, id:, ack:, headers:)
    @connection.subscribe(destination, { **headers, id: id, ack: ack }, id)
  end

  def unsubscribe(destination:, id:)
    @connection.unsubscribe(destination, { id: id }, id)
  end

  def send_message(destination:, body:, headers:, transaction: nil, receipt: nil)
    added = { transaction: transaction, receipt: receipt }.compact
    @connection.publish(destination, body, { **headers, **added })
    receipt ? { receipt: @connection.receive.headers['receipt-id'] } : {}
  end

  def ack(message:, transaction: nil)
    id, headers = named(@received[message])
    @connection.ack(id, { **headers, **{ transaction: transaction }.compact })
  end

  def nack(message:)
    @connection.nack(*named(@received[message]))
  end

  def named(message)
    case @connection.protocol
    when Stomp::SPL_12 then [message.headers['ack'], {}]
    when Stomp::SPL_11 then [message.headers['message-id'], { subscription: message.headers['subscription'] }]
    else [message.headers['message-id'], {}]
    end
  end

  def begin(transaction:)
    @connection.begin(transaction)
  end

  def commit(transaction:)
    @connection.commit(transaction)
  end

  def abort(transaction:)
    @connection.abort(transaction)
  end

  def next
    frame = @connection.receive
    return { closed: true } if frame.nil?
    return { error: { message: frame.headers['message'] } } if frame.command == Stomp::CMD_ERROR

    @received << frame
    { message: { headers: frame.headers, body: frame.body.force_encoding('UTF-8') } }
  end

  def disconnect
    @connection.disconnect(receipt: 'goodbye')
  end
end

player = Player.new
$stdout.sync = true
$stdin.each_line do |line|
  given = JSON.parse(line, symbolize_names: true)
  act = given.delete(:do)
  act = 'send_message' if act == 'send'
  begin
    saw = player.public_send(act, **given)
    answer = { saw: saw.is_a?(Hash) ? saw : {} }
  rescue StandardError => e
    answer = { failed: "#{e.class}: #{e.message}" }
  end
  puts JSON.generate(answer)
end
