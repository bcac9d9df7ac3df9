import type { Wire } from '../../wire.js'
import { FORMS, arrayFrame, chunk, hixieMessage, joined, jsonpForm, textMessage } from './frames.js'
import type { Container, Form } from './frames.js'
import { quote } from './quote.js'

/** The element of every wire of SockJS: one frame of the session as one JSON string. */
function elementOf(form: Form, head: string, tail: Uint8Array): Uint8Array {
  const text = head + Buffer.from(tail.buffer, tail.byteOffset, tail.length).toString()
  return Buffer.from(form.inner(quote(text)))
}

const NOTHING = new Uint8Array(0)

/** A batch is a whole array frame with all that carries it: it is written as it is, to every session. */
function streamWire(form: Form, container: Container): Wire {
  return {
    textOnly: true,
    element: (head, tail) => elementOf(form, head, tail),
    batch: (elements, bytes) => arrayFrame(form, container, elements, bytes),
    // Each wire has its own: the outboxes tell elements apart by identity.
    heartbeat: elementOf(form, '\n', NOTHING),
  }
}

/** A batch is the inside of an array frame: a poll may take several, and what is around them may be the request's. */
function pollWire(form: Form): Wire {
  return {
    textOnly: true,
    element: (head, tail) => elementOf(form, head, tail),
    batch: joined,
    heartbeat: elementOf(form, '\n', NOTHING),
  }
}

export const WIRES = {
  websocket: streamWire(FORMS.websocket, textMessage),
  hixie: streamWire(FORMS.websocket, hixieMessage),
  xhr_streaming: streamWire(FORMS.xhr, chunk),
  eventsource: streamWire(FORMS.eventsource, chunk),
  htmlfile: streamWire(FORMS.htmlfile, chunk),
  xhr: pollWire(FORMS.xhr),
  jsonp: pollWire(jsonpForm('')),
} as const satisfies Record<string, Wire>
