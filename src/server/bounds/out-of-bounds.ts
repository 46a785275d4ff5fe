import { Failure } from '../../platform/failure.js'
import './bounds-messages.js'
import { DOCUMENT_LIMITS, type DocumentLimit } from './limits.js'

/** A document past one of the limits. Its text was never looked at for what it means. */
export class OutOfBounds extends Failure {
  readonly limit: DocumentLimit

  constructor(limit: DocumentLimit) {
    const unread = limit === 'characters' || limit === 'tokens' || limit === 'brackets'
    super(unread ? 'GRAPHQL_PARSE_FAILED' : 'GRAPHQL_VALIDATION_FAILED', {
      messageKey: `TOO_LARGE_${limit}`,
      params: { max: DOCUMENT_LIMITS[limit] },
    })
    this.limit = limit
  }
}
