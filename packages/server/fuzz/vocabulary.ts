/** What conversations are made of. Each character is an octet. */

const words = (text: string): string[] => text.split(' ')

export const QUEUES = words('/queue/0 /queue/1 /queue/2 /queue/3')
const TOPICS = words('/topic/0 /topic/1 /topic/0/1')
const PATTERNS = words('/topic/* /topic/0/* /topic/** /topic/0/**')
const HANDLERS = words('/app/now /app/later /app/params/x')
export const SEND_TO = [...TOPICS, '/topic/0/1/2', ...QUEUES, ...QUEUES, ...HANDLERS, '/slow/0']
const OWN_QUEUES = words('/temp-queue/0 /temp-queue/1 /queue/dead-letter')
export const SUBSCRIBE_TO = [...TOPICS, ...PATTERNS, ...QUEUES, ...QUEUES, ...OWN_QUEUES]
const NOWHERE = words('/topic/ /queue/ /queue/* /topic/**/x /nowhere /temp-queue/0 /reply-queue/none')
const REFUSED = words('/app/refused /app/refused-later /app/none /forbidden/0 /topic/\\c /queue/\xff')
export const WRONG_DESTINATIONS = [...NOWHERE, ...REFUSED, '']

export const IDS = words('0 1 2 3 4 5 6 a@b /temp-queue/0')
export const WRONG_IDS = ['', '\\t', 'none', '\0']
export const TRANSACTIONS = words('t0 t1 t2 t3 t4')
export const WRONG_TRANSACTIONS = ['', 'none']
export const NAMES = words('x x foo priority content-type persistent id ack receipt destination ')
export const VALUES = [...words('x \\n \\c \\\\ \\r \\t \\ : \xed\x95\x9c \xff 0 -1 true '), ' ', 'y y']
export const WRONG_LENGTHS = [...words('0 1 999999999999999999999 4294967296 -1 1e3 '), ' 5']
export const VERSIONS = words('1.2 1.2 1.1 1.0 1.0,1.1 1.0,1.1,1.2 1.2,2.0')
export const HEARTBEATS = words('0,0 50,50 500,0 0,1 9999999999,9999999999')

const OCTETS = words('\0 \n \r \r\n \n\n : \\ \0\0 \xff \xc3 \xed\xa0\x80')
const LINES = words(
  'content-length:999999999999\n content-length:0\n receipt:x\n transaction:t0\n ack:client\n',
)
const FRAMES = words(
  'SEND\n CONNECT\n\n\0 DISCONNECT\n\n\0 ERROR\n\n\0 SUBSCRIBE\nid:0\ndestination:/topic/0\n\n\0',
)
/** Of these, a mutation may put one anywhere. */
export const TOKENS = [...OCTETS, ...LINES, ...FRAMES]
