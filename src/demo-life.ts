import { createHash } from 'node:crypto'
import type { DemoCustomer } from './demo-agreements.js'
import type { DemoHand } from './demo-hand.js'

/** What happens under the demo's agreements once they are in force. */

export async function person(member: DemoHand, name: string, email: string): Promise<string> {
  return (await member.act('personUpsert', `person ${email}`, { name, email }, 'person')).id
}

export async function report(
  member: DemoHand,
  agreementId: string,
  kind: 'FAULT' | 'SUPPORT',
  subject: string,
  more: object = {},
): Promise<string> {
  const input = { agreementId, kind, subject, ...more }
  return (await member.act('ticketReport', `report ${agreementId} ${subject}`, input, 'ticket')).id
}

/** Respond, start, resolve or close. */
export async function handle(
  hand: DemoHand,
  verb: 'Respond' | 'Start' | 'Resolve' | 'Close',
  ticketId: string,
  text?: string,
): Promise<void> {
  const said = text === undefined ? {} : { text }
  await hand.act(`ticket${verb}`, `${verb} ${ticketId}`, { ticketId, ...said }, 'ticket')
}

export async function comment(hand: DemoHand, ticketId: string, text: string): Promise<void> {
  await hand.act('ticketComment', `comment ${ticketId} ${text}`, { ticketId, text }, 'comment')
}

/** An invoice for one period of the fee schedule (clause 3.1.1), issued at once. Answers its id and when it was drafted. */
export async function invoice(
  staff: DemoHand,
  agreementId: string,
  period: number,
): Promise<{ id: string; createdAt: string }> {
  const drafted = await staff.act<{ id: string; createdAt: string }>(
    'invoiceDraft',
    `invoice ${agreementId} ${period}`,
    { agreementId, period },
    'invoice',
    'id createdAt',
  )
  await staff.act('invoiceIssue', `issue ${drafted.id}`, { invoiceId: drafted.id }, 'invoice')
  return drafted
}

export async function pay(
  staff: DemoHand,
  invoiceId: string,
  amount: string,
  creditedAt: string,
): Promise<void> {
  const input = { invoiceId, amount: { amount, currency: 'CNY' }, creditedAt, reference: '网银-20260001' }
  await staff.act('paymentRecord', `pay ${invoiceId}`, input, 'payment')
}

/** A policy whose time of day is the start's own: a start that makes up for one that was cut short leaves the first one's. */
export async function keepBackups(operations: DemoHand, agreementId: string, dailyAt: string): Promise<void> {
  const { agreement } = await operations.ask<{ agreement: { backupPolicy: object | null } }>(
    'query ($id: ID!) { agreement(id: $id) { backupPolicy { id } } }',
    { id: agreementId },
  )
  if (agreement.backupPolicy) return
  const policy = { agreementId, dailyAt, graceMinutes: 60 }
  await operations.act('backupPolicySet', `policy ${agreementId}`, policy, 'backupPolicy')
}

/** A copy is made and read back (clause 8.3.1). */
export async function backUp(operations: DemoHand, agreementId: string): Promise<void> {
  const { id: runId } = await operations.act(
    'backupRunStart',
    `run ${agreementId}`,
    { agreementId },
    'backupRun',
  )
  const copy = {
    byteSize: '7340032',
    sha256: createHash('sha256').update('the copy').digest('hex'),
    reference: 'nas-1',
  }
  await operations.act('backupRunFinish', `finish ${runId}`, { runId, succeeded: true, ...copy }, 'backupRun')
  const checked = { runId, succeeded: true, note: '已恢复到测试库并核对' }
  await operations.act('backupRunVerify', `verify ${runId}`, checked, 'backupRun')
}

/** The customer lets the app in (clause 8.2.1), and one of its persons agrees to be named. */
export async function authorize(
  { signatory, member }: DemoCustomer,
  app: { id: string; name: string },
  personId: string,
): Promise<void> {
  const recipient = { appId: app.id, recipientName: app.name, purpose: 'SUPPORT_PORTAL' }
  const categories = ['CONTRACT', 'TICKET', 'INVOICE', 'CONTACT']
  await signatory.act(
    'disclosureAuthorize',
    'authorize',
    { ...recipient, categories, operations: ['READ', 'SUBSCRIBE'] },
    'disclosureAuthorization',
  )
  const { id: consentRecordId } = await member.act(
    'consentRequest',
    `consent ${personId}`,
    {
      ...recipient,
      personId,
      categories: ['CONTACT'],
      processingMethod: '在客服门户中向坐席显示',
      noticeHash: createHash('sha256').update('what the person was shown').digest('hex'),
    },
    'consentRecord',
  )
  const decided = { consentRecordId, expressedBy: 'PAPER', evidence: '档案柜 3-12' }
  await member.act('consentGrant', `grant ${personId}`, decided, 'consentRecord')
}
