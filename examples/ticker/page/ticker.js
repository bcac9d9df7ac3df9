/* global StompJs */
// The newest tick of every symbol; messages only write here, and the screen is painted from it once a frame.
const ticks = new Map()
const changed = new Set()
const cards = new Map()
let received = 0
let client

const element = (id) => document.getElementById(id)

function connect(path) {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  const state = (name, text) => {
    element('status').dataset.state = name
    element('status').textContent = text
  }
  const link = new StompJs.Client({ brokerURL: `${scheme}://${location.host}${path}`, reconnectDelay: 1000 })
  link.onConnect = () => {
    state('live', 'Live')
    link.subscribe('/topic/ticks', ({ headers, body }) => {
      received++
      ticks.set(headers.symbol, JSON.parse(body))
      changed.add(headers.symbol)
    })
  }
  link.onWebSocketClose = () => {
    if (link === client) state('connecting', 'Connecting')
  }
  void client?.deactivate({ force: true })
  client = link
  state('connecting', 'Connecting')
  link.activate()
}

function cardOf(symbol) {
  let card = cards.get(symbol)
  if (card !== undefined) return card
  const item = document.createElement('li')
  const [name, change, price] = ['b', 'span', 'span'].map((tag) => document.createElement(tag))
  name.textContent = symbol
  change.className = 'change'
  price.className = 'price'
  item.append(name, change, price)
  card = { item, change, price }
  cards.set(symbol, card)
  // In the order of the alphabet, whichever comes first.
  const after = [...cards.keys()].filter((other) => other > symbol)
  const next = after.reduce(
    (first, other) => (first === undefined || other < first ? other : first),
    undefined,
  )
  element('board').insertBefore(item, next === undefined ? null : cards.get(next).item)
  return card
}

function paint() {
  for (const symbol of changed) {
    const { price, change } = ticks.get(symbol)
    const card = cardOf(symbol)
    card.price.textContent = price.toFixed(2)
    card.change.textContent = `${change < 0 ? '▾' : '▴'} ${Math.abs(change).toFixed(2)} %`
    card.item.classList.toggle('falls', change < 0)
  }
  changed.clear()
  requestAnimationFrame(paint)
}

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
let last = { at: performance.now(), received: 0, serial: undefined }

function count() {
  const at = performance.now()
  const seconds = (at - last.at) / 1000
  const all = [...ticks.values()]
  const serial = all.reduce((most, tick) => Math.max(most, tick.serial), 0)
  const oldest = all.reduce((first, tick) => Math.min(first, tick.at), Date.now())
  element('received').textContent = number.format((received - last.received) / seconds)
  if (last.serial > 0) element('published').textContent = number.format((serial - last.serial) / seconds)
  if (all.length > 0) element('oldest').textContent = `${((Date.now() - oldest) / 1000).toFixed(1)} s`
  last = { at, received, serial }
}

element('bad-line').addEventListener('change', ({ target }) =>
  connect(target.checked ? '/bad-line' : '/stomp'),
)
const bad = new URLSearchParams(location.search).has('bad-line')
element('bad-line').checked = bad
connect(bad ? '/bad-line' : '/stomp')
setInterval(count, 1000)
requestAnimationFrame(paint)
