/** What conversations are made of. Each character is an octet. */

const words = (text: string): string[] => text.split(' ')

export const QUEUES = words('/queue/0 /queue/1 /queue/2 /queue/3')
const TOPICS = words('/topic/0 /topic/1 /topic/0/1')
const PATTERNS = words('/topic/* /topic/0/* /topic/** /topic/0/**')
/** Of these the history keeps messages, and readers that are too slow lose some. */
const KEPT = words('/topic/kept/0 /topic/kept/1')
const LOSSY = words('/topic/lossy/0 /topic/lossy/0 /topic/latest/0')
export const HANDLERS = words(
  '/app/now /app/later /app/params/x /app/own /app/refused /app/kept /app/ticks /app/ticks',
)
const USERS = words('/user/anna/queue/0 /user/later/queue/1')
const SENT = [...TOPICS, '/topic/0/1/2', ...KEPT, ...LOSSY, ...QUEUES, ...QUEUES, ...QUEUES, ...HANDLERS]
export const SEND_TO = [...SENT, ...USERS, '/slow/0']
const OWN_QUEUES = words('/temp-queue/0 /temp-queue/1 /queue/dead-letter')
const OWN = words('/user/queue/0 /user/queue/1')
const ANSWERED = words(
  '/app/snapshot /app/snapshot-later /app/flow /app/flow-later /app/flow-own /app/flow-kept',
)
const READ = [...TOPICS, ...PATTERNS, ...KEPT, ...KEPT, ...LOSSY, ...LOSSY, ...QUEUES, ...QUEUES]
export const SUBSCRIBE_TO = [...READ, '/topic/kept/*', ...OWN_QUEUES, ...OWN, ...ANSWERED]
export const REPLY_TO = [...words('/temp-queue/0 /temp-queue/1'), ...OWN]
export const WRONG_REPLY_TO = words('/temp-queue/ x /user/anna/queue/0 /topic/0 /app/now')
export const OFFSETS = words('first last next offset=0 offset=3 offset=99 last=3 timestamp=0 timestamp=1.5')
export const WRONG_OFFSETS = [...words('last=0 offset= offset=-1 offset=9999999999999999 timestamp=x'), '']
const NOWHERE = words('/topic/ /queue/ /queue/* /topic/**/x /nowhere /temp-queue/0 /reply-queue/none')
const REFUSED = words('/app/refused /app/refused-later /app/none /forbidden/0 /topic/\\c /queue/\xff')
const OTHERS = words(
  '/user-topic/name/anna/queue/0 /user/ /user/* /user/queue/** /user/user/x /user/%/x /*/0',
)
export const WRONG_DESTINATIONS = [...NOWHERE, ...REFUSED, ...OTHERS, '']

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
