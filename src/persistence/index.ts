/**
 * Persistence: how data is kept and reached. Nothing here knows the business.
 *
 * - *session*: whom a transaction works for; the *walls* are what the database lets it see.
 * - *operation*: one change under way. *journal*: what happened, in order. *alarm*: what is to happen later.
 * - *seal*: a value made unreadable and unforgeable for whoever carries it.
 */
export { AlarmClock, type AlarmHandler, type DueAlarm, eachAlarm, systemSession } from './alarm-clock.js'
export { Alarm } from './alarms.js'
export { Database, type Query } from './database.js'
export { isDatabaseUnreachable, violatesUnique } from './failures.js'
export { FORGET_KEYS_ALARM, forgetOldKeys, IdempotencyKey, MAX_KEY_LENGTH, once } from './idempotency.js'
export { insertRows } from './insert-rows.js'
export {
  EventHead,
  EventRow,
  type EventActor,
  JOURNAL_GREW_ALARM,
  type NewEvent,
  sleepAtHead,
} from './journal.js'
export { eachEvent, type Operation, type Reaction, type Reactions, type Run } from './operation.js'
export { type Condition, type ListQuery, pageOf, readPage, sumOf } from './pages.js'
export type { WakeUp } from './wake-up.js'
export { ReadTransaction, type Rows, type Statement, statement } from './read-transaction.js'
export { MasterKeyError, Seals } from './seals.js'
export {
  acrossTenants,
  ALARM_ROLE,
  APP_ROLE,
  bookkeeping,
  customerOwned,
  DATA_CATEGORIES,
  type DataCategory,
  DIRECTORY_ROLE,
  type Grant,
  MAX_GRANTS,
  ownersOnly,
  providersOwn,
  type Session,
  type SessionKind,
  staffOnly,
} from './walls.js'
