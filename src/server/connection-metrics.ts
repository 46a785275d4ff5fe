import { counter, gauge } from '../platform/metrics.js'
import { CLOSE } from './socket-connection.js'

export const connectionsOpen = gauge(
  'surety_connections_open',
  'Connections that last, by transport: websocket or sse.',
  ['transport'],
)

const closed = counter(
  'surety_sockets_closed_total',
  'WebSockets that ended, by close code: ours, those of RFC 6455, or "other".',
  ['code'],
)

/** RFC 6455, 7.4.1: a normal end, one that goes away, none said, none heard. */
const USUAL = [1000, 1001, 1005, 1006]
const known = new Set([...USUAL, ...Object.values(CLOSE).map(([code]) => code as number)])

/** A client may close with any of thousands of codes. */
export const socketsClosed = (code: number): void =>
  closed.inc({ code: known.has(code) ? String(code) : 'other' })
