import { statement } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { uuidOf } from '../platform/ids.js'
import { APP_ID, type Request } from '../tenancy/index.js'

/** Who would receive the data: what of an app is told to whoever decides about it. */
export interface Recipient {
  id: string
  name: string
  contact: string | null
  disabledAt: Date | null
}

const recipientById = statement(
  'recipient_by_id',
  `select id, name, contact, disabled_at as "disabledAt" from apps where tenant_id = $1 and id = $2`,
)

/**
 * The app that somebody was told of by its id. Privilege rises here: customers see no apps, since one customer's partners
 * are no business of another's. Whoever calls this shows nothing of the recipient but to a caller that now has to do with
 * it, and an app of another tenant is no app at all.
 */
export async function recipientOf(request: Request, appId: string): Promise<Recipient | null> {
  const id = uuidOf(APP_ID, appId)
  if (id === null) return null
  const [found] = await request.reads.rowsAsSurety<Recipient>(recipientById, [request.caller.tenantId, id])
  return found ?? null
}

/** The same for a mutation, before it begins, which holds one connection and no second. */
export async function recipientFor(request: Request, appId: string): Promise<Recipient | null> {
  const recipient = await recipientOf(request, appId)
  request.close()
  return recipient
}

/**
 * An app of this tenant that still gets in, or a refusal. Whoever decides says its name as well: an app of another name
 * isn't the one that is meant, and answers like none, so that nobody learns a name by an id.
 */
export function requireRecipient(recipient: Recipient | null, name: string): Recipient {
  const field = ['input', 'appId']
  if (!recipient || recipient.name !== name.trim()) throw refuse('NOT_FOUND', { field })
  if (recipient.disabledAt !== null) throw refuse('INVALID_STATE', { field, messageKey: 'APP_DISABLED' })
  return recipient
}
