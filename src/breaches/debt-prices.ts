import { Obligation } from '../obligations/index.js'
import { eachEvent, type Reaction } from '../persistence/index.js'
import { uuidOf } from '../platform/ids.js'
import { Assessment } from './assessment.js'
import { Breach } from './breach.js'
import { lockBreachesOf } from './claim.js'
import { reprice } from './pricing.js'
import { countedUpTo, readRootCauses } from './root-cause.js'

/**
 * Something took of a debt, or was taken back: what its lateness costs is written down anew, as of now. A price that both
 * sides have agreed to stays as of when it was, and follows only what was so by then. Whether the debt was late at all is
 * its clock's to say, and follows from that.
 */
export const pricesOfDebts: Reaction = eachEvent(async (operation, { subject, data, actor }) => {
  const { tenantId } = operation.session
  const subjectId = (data?.invoiceId as string | undefined) ?? subject.id
  const where = { tenantId, subjectId: uuidOf('inv', subjectId) ?? subjectId, state: 'MISSED' } as const
  const obligation = await operation.em.findOne(Obligation, where)
  if (!obligation) return
  await lockBreachesOf(operation, obligation.agreementId, obligation.customerId)
  const breach = await operation.em.findOne(Breach, { tenantId, obligationId: obligation.id, kind: 'MISSED' })
  // Found in this very change: it's priced as a miss is.
  if (!breach?.stands()) return
  const assessment = await operation.em.findOneOrFail(Assessment, { tenantId, id: breach.assessmentId })
  const now = await operation.now()
  const causes = await readRootCauses(operation, [assessment])
  const counted = causes.map(cause => countedUpTo(cause, now))
  await reprice(operation, counted, now, actor)
})
