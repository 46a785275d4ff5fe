import { Obligation } from '../obligations/index.js'
import type { EventActor, Operation } from '../persistence/index.js'
import { findMissed } from './claim.js'
import { reprice } from './pricing.js'

/**
 * Something took of a debt, or was taken back: what its lateness costs is written down anew, as of now. A price that both
 * sides have agreed to stays as of when it was, and follows only what was so by then. Whether the debt was late at all is
 * its clock's to say, and follows from that.
 */
export async function repriceDebt(operation: Operation, subjectId: string, actor: EventActor): Promise<void> {
  const where = { tenantId: operation.session.tenantId, subjectId, state: 'MISSED' } as const
  const obligation = await operation.em.findOne(Obligation, where)
  const claim = obligation && (await findMissed(operation, obligation))
  // Found in this very change, it's priced as a miss is; one that fell costs nothing.
  if (claim?.breach.stands()) await reprice(operation, [claim.cause], claim.now, actor)
}
