import { standardFormText, type TermValues } from './agreements/index.js'
import type { DemoHand } from './demo-hand.js'
import { uuidOf } from './platform/ids.js'

/** A customer of the demo, and those who act for it. */
export interface DemoCustomer {
  id: string
  signatory: DemoHand
  member: DemoHand
}

export async function customer(
  staff: DemoHand,
  number: string,
  name: string,
  creditCode: string | null = null,
): Promise<DemoCustomer> {
  const { id } = await staff.act(
    'customerCreate',
    `customer ${number}`,
    { number, name, creditCode },
    'customer',
  )
  const theirs = { kind: 'customer', customerId: uuidOf('cus', id) as string } as const
  return {
    id,
    signatory: staff.other({ ...theirs, subject: `${number} signatory`, roles: ['SIGNATORY'] }),
    member: staff.other({ ...theirs, subject: `${number} member`, roles: ['MEMBER'] }),
  }
}

/** The way people paste a contract: something from the page before it, something after it. */
export async function importPasted(
  staff: DemoHand,
  { id }: DemoCustomer,
  values: TermValues,
): Promise<string> {
  const text = standardFormText(values).replaceAll('\n', '\r\n')
  const pasted = `首页 > 合同范本 > 软件服务\r\n- 1、仅供参考。\r\n${text}\r\n相关文档\r\n返回顶部`
  return (await staff.act('agreementImport', `import ${id}`, { customerId: id, text: pasted }, 'agreement'))
    .id
}

export async function draft(
  staff: DemoHand,
  { id }: DemoCustomer,
  values: Partial<TermValues>,
): Promise<string> {
  const input = { customerId: id, terms: typed(values) }
  return (await staff.act('agreementDraft', `draft ${id} ${values.contractNumber ?? ''}`, input, 'agreement'))
    .id
}

/** What is covered, and where help is asked for (clauses 1.2.1 and 7.1.1). */
export async function equip(staff: DemoHand, agreementId: string): Promise<void> {
  const software = [{ product: '云舟智能客服', version: '5.2', environment: '生产环境' }]
  await staff.act('coveredSoftwareSet', `software ${agreementId}`, { agreementId, software }, 'agreement')
  const channels = [
    { kind: 'PHONE', address: '400-000-0000', hours: '09:00-18:00' },
    { kind: 'EMAIL', address: 'support@example.com' },
  ]
  await staff.act('supportChannelSet', `channels ${agreementId}`, { agreementId, channels }, 'agreement')
}

/** What a year costs, signed with the text (clause 3.2.1). */
export async function price(
  staff: DemoHand,
  agreementId: string,
  amount: string,
  billingPeriod: 'ANNUAL' | 'MONTHLY',
): Promise<void> {
  const annualFee = { amount, currency: 'CNY' }
  const input = { agreementId, annualFee, taxRatePercent: '6', billingPeriod }
  await staff.act('feeScheduleSet', `fees ${agreementId}`, input, 'feeSchedule', 'number')
}

export async function submit(staff: DemoHand, agreementId: string): Promise<string> {
  const { currentVersion } = await staff.act<{ currentVersion: { contentHash: string } }>(
    'agreementSubmitForSigning',
    `submit ${agreementId}`,
    { agreementId },
    'agreement',
    'currentVersion { contentHash }',
  )
  return currentVersion.contentHash
}

export async function signByBoth(
  staff: DemoHand,
  { signatory }: DemoCustomer,
  agreementId: string,
): Promise<void> {
  const contentHash = await submit(staff, agreementId)
  for (const [side, hand] of Object.entries({ staff, signatory }))
    await hand.act('agreementSign', `sign ${side} ${agreementId}`, { agreementId, contentHash }, 'agreement')
}

export function terms(contractNumber: string, providerName: string, customerName: string): TermValues {
  return {
    contractNumber,
    providerName,
    customerName,
    termYears: '3',
    responseHours: '2',
    fixHours: '24',
    serviceTermYears: '3',
    confidentialityYears: '5',
    liquidatedDamagesPercent: '5',
    upgradeNoticeWorkingDays: '5',
    updateWindowWorkingDays: '10',
    upgradeProblemResponseHours: '4',
    supportResponseHours: '8',
    restoreHours: '12',
  }
}

/** Terms as the API types them: years and days are Int. */
function typed(values: Partial<TermValues>): object {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, /Years$|Days$/.test(name) ? Number(value) : value]),
  )
}
