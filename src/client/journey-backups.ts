import { createHash } from 'node:crypto'
import type { Api } from './api.js'
import type { Parties } from './journey-agreement.js'
import { onlyOnce } from './journey-tickets.js'
import type { Reader } from './reader.js'
import { after, eventually, HOUR_MS, now, type Walk } from './walk.js'

const MINUTE_MS = 60 * 1000
/** The least that a policy may have. */
const GRACE_MINUTES = 15

/** 4. A slot with a verified run is kept; the next one, without, is a breach from absence (clause 8.3.1). */
export async function backUp(walk: Walk, parties: Parties, integrator: Reader): Promise<void> {
  const { admin, agreementId, customerNumber } = parties
  const startsAt = await setPolicy(walk, admin, agreementId)
  await walk.passUntil(admin, startsAt)
  const agent = await walk.as({ service: 'backup-agent', customer: customerNumber, scope: ['backup:run'] })
  await keepSlot(walk, parties, agent)
  const missedAt = after(startsAt, 24 * HOUR_MS + GRACE_MINUTES * MINUTE_MS)
  await walk.passUntil(admin, missedAt)
  const { breach, assessment } = await integrator.frame(1, 'the breach of the backup')
  walk.holds(
    'The next night nobody makes one: a breach from absence, on the same stream.',
    { breach, total: assessment.total },
    {
      breach: {
        number: 2,
        dutyClause: '8.3.1',
        liabilityClause: '5.1.1',
        owedBy: 'PROVIDER',
        occurredAt: missedAt,
      },
      total: { amount: '12000.00', currency: 'CNY' },
    },
  )
  const { agreement } = await admin.ask(
    `query ($id: ID!) { agreement(id: $id) { obligations(filter: { state: [MISSED] }) { nodes { kind subject { ... on BackupSlot { state startsAt } } } } } }`,
    { id: agreementId },
  )
  walk.holds(
    'Its slot is MISSED.',
    agreement.obligations.nodes.filter((each: { kind: string }) => each.kind === 'BACKUP'),
    [{ kind: 'BACKUP', subject: { state: 'MISSED', startsAt: after(startsAt, 24 * HOUR_MS) } }],
  )
  await onlyOnce(walk, admin, integrator)
}

/** Daily at the minute after next, so that the first slot is still to begin; answers when that is. */
async function setPolicy(walk: Walk, admin: Api, agreementId: string): Promise<string> {
  const minute = Math.floor(Date.parse(await now(admin)) / MINUTE_MS) * MINUTE_MS
  const startsAt = new Date(minute + 2 * MINUTE_MS)
  const dailyAt = startsAt.toLocaleTimeString('en-GB', {
    timeZone: 'Asia/Shanghai',
    hour: '2-digit',
    minute: '2-digit',
  })
  const { backupPolicy } = await admin.change(
    'backupPolicySet',
    { agreementId, dailyAt, graceMinutes: GRACE_MINUTES },
    'backupPolicy { dailyAt timeZone graceMinutes }',
  )
  walk.holds('A backup is owed every day (clause 8.3.1).', backupPolicy, {
    dailyAt,
    timeZone: 'Asia/Shanghai',
    graceMinutes: GRACE_MINUTES,
  })
  return startsAt.toISOString()
}

const RUN = 'backupRun { id state slot { state } }'

async function keepSlot(walk: Walk, { admin, agreementId }: Parties, agent: Api): Promise<void> {
  await eventually(
    () => admin.ask('{ obligations(filter: { clause: ["8.3.1"], state: [RUNNING] }) { totalCount } }'),
    ({ obligations }) => obligations.totalCount === 1,
  )
  const { backupRun } = await agent.change('backupRunStart', { agreementId }, RUN)
  walk.tell("The slot begins, and the backup agent's run with it.", backupRun)
  const runId = backupRun.id
  const copy = { byteSize: '1048576', sha256: createHash('sha256').update('the copy').digest('hex') }
  await agent.change('backupRunFinish', { runId, succeeded: true, ...copy }, RUN)
  const { backupRun: verified } = await agent.change(
    'backupRunVerify',
    { runId, succeeded: true, note: 'restored into a scratch database' },
    RUN,
  )
  walk.holds('It finishes the run and reads the copy back: the slot is kept.', verified, {
    id: runId,
    state: 'VERIFIED',
    slot: { state: 'KEPT' },
  })
}
