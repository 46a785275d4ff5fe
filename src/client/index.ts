/**
 * The API from outside, with nothing but what anyone has: HTTP, a WebSocket and a token.
 *
 * - *journey*: one walk through every room, as a test and for newcomers. *setting*: where it takes place.
 * - *watch*: to read events as they happen. *reader*: a subscriber that comes back from its last cursor. *frame*: one event as it came.
 */
export { JourneyError, runJourney } from './journey.js'
export type { Frame } from './reader.js'
export { watch } from './watch.js'
export { JOURNEY_TENANT, type Setting, type Told, type TokenOptions } from './walk.js'
