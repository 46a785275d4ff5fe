import './consent-event-data.js'
import { declareEvents } from '../tenancy/index.js'

/** What a customer decided about its records (clause 8.2.1). */
declareEvents('disclosure', 'CONSENT_RECORD', {
  authorized: 'A customer let an app have records of it (clause 8.2.1).',
  revoked: 'It took that back.',
})

/** What a person decided about their own data (PIPL arts 14-15, 23). */
declareEvents('consent', 'CONSENT_RECORD', {
  granted: 'A person consented.',
  withdrawn: 'The person took the consent back.',
  expired: 'Its term ran out.',
})
