import { declareEvents } from '../tenancy/index.js'

/** What can happen to a duty on its clock. */
declareEvents('obligation', 'BREACH', {
  started: 'A duty began, and its clock with it.',
  paused: 'Its clock stands still: its scope was suspended.',
  resumed: 'Its clock goes on with what was left.',
  met: 'It was done in time.',
  missed: 'Its due instant passed and it was not done.',
  cancelled: 'It is owed no more: what it belonged to ended.',
  reopened: 'What had met it was undone: it is owed again, from the same start.',
})
