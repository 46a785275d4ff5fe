import { standardFormText, type TermValues } from './agreements/index.js'
import type { Foundations } from './main.js'
import { systemSession } from './persistence/index.js'
import { buildSchema } from './rooms.js'
import { type ActingAs, Operator } from './operator.js'
import { addApp, createTenant, type DirectoryTenant, TenantError } from './tenancy/index.js'
import { uuidOf } from './platform/ids.js'

/**
 * The demo: two providers and their five customers, so that a newcomer has something to ask for and can see that the
 * walls hold. Made through the public API, once: every step has a fixed idempotency key.
 */
export async function loadDemo(base: Foundations): Promise<void> {
  const operator = new Operator(buildSchema(), base)
  const demo = await tenant(base, 'demo', '云舟智服科技有限公司')
  await fillDemo(operator, demo)
  await app(base, demo, 'partner-portal', 'Partner portal')
  const demo2 = await tenant(base, 'demo2', '北辰软件维护有限公司')
  await fillDemo2(operator, demo2)
}

/** The customers of the tenant `demo` that tokens are printed for. */
export const DEMO_CUSTOMER = 'C-001'
export const DEMO_APP = 'partner-portal'

async function fillDemo(operator: Operator, demo: DirectoryTenant): Promise<void> {
  const as = { tenant: demo, subject: 'demo' }
  const retailer = await customer(operator, as, DEMO_CUSTOMER, '江南百货股份有限公司', '91330100MA2B3C4D5E')
  const hospital = await customer(operator, as, 'C-002', '仁济康复医院', null)
  const carrier = await customer(operator, as, 'C-003', '远航物流有限公司', null)
  const imported = await importText(
    operator,
    as,
    retailer,
    pasted('YZ-2026-001', '云舟智服科技有限公司', '江南百货股份有限公司'),
  )
  await equip(operator, as, imported)
  await signByBoth(operator, as, retailer, imported)
  // A draft with blanks, so that `missingTerms` has something to show.
  await draft(operator, as, hospital, {
    contractNumber: 'YZ-2026-002',
    customerName: '仁济康复医院',
    responseHours: '0.25',
    fixHours: '8',
  })
  const signing = await draft(operator, as, carrier, {
    ...typed(terms('YZ-2026-003', '云舟智服科技有限公司', '远航物流有限公司')),
  })
  await submit(operator, as, signing)
}

async function fillDemo2(operator: Operator, demo2: DirectoryTenant): Promise<void> {
  const as = { tenant: demo2, subject: 'demo' }
  const bank = await customer(operator, as, 'K-10', '南山农商银行', null)
  const school = await customer(operator, as, 'K-11', '启明在线学校', null)
  for (const [number, holder, name] of [
    ['BC-26-7', bank, '南山农商银行'],
    ['BC-26-8', school, '启明在线学校'],
  ] as const) {
    const agreementId = await draft(operator, as, holder, typed(terms(number, '北辰软件维护有限公司', name)))
    await signByBoth(operator, as, holder, agreementId)
  }
}

async function tenant(base: Foundations, slug: string, name: string): Promise<DirectoryTenant> {
  try {
    return { id: await createTenant(base.database, { slug, name }), slug, name }
  } catch (error) {
    const known = error instanceof TenantError ? (await base.directory.look()).tenantBySlug(slug) : undefined
    if (known) return known
    throw error
  }
}

async function app(base: Foundations, demo: DirectoryTenant, clientId: string, name: string): Promise<void> {
  await base.database.write(systemSession(demo.id), async operation => {
    const known = await operation.run('select 1 from apps where tenant_id = $1 and client_id = $2', [
      demo.id,
      clientId,
    ])
    if (known.length === 0) await addApp(operation, { clientId, name })
  })
}

interface Changed {
  agreement: { id: string; currentVersion: { contentHash: string | null } } | null
  userErrors: { code: string; field: string[] | null; message: string }[]
}

async function customer(
  operator: Operator,
  as: ActingAs,
  number: string,
  name: string,
  creditCode: string | null,
): Promise<string> {
  const { customerCreate } = await operator.run<{
    customerCreate: { customer: { id: string } | null } & Pick<Changed, 'userErrors'>
  }>(
    as,
    'mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { customer { id } userErrors { code field message } } }',
    { input: { idempotencyKey: `demo customer ${number}`, number, name, creditCode } },
  )
  return must(customerCreate.customer, customerCreate.userErrors).id
}

async function importText(
  operator: Operator,
  as: ActingAs,
  customerId: string,
  text: string,
): Promise<string> {
  return change(operator, as, 'agreementImport', 'AgreementImportInput', {
    idempotencyKey: 'demo import',
    customerId,
    text,
  })
}

async function draft(operator: Operator, as: ActingAs, customerId: string, values: object): Promise<string> {
  return change(operator, as, 'agreementDraft', 'AgreementDraftInput', {
    idempotencyKey: `demo draft ${customerId}`,
    customerId,
    terms: values,
  })
}

async function equip(operator: Operator, as: ActingAs, agreementId: string): Promise<void> {
  await change(operator, as, 'coveredSoftwareSet', 'CoveredSoftwareSetInput', {
    idempotencyKey: `demo software ${agreementId}`,
    agreementId,
    software: [{ product: '云舟智能客服', version: '5.2', environment: '生产环境' }],
  })
  await change(operator, as, 'supportChannelSet', 'SupportChannelSetInput', {
    idempotencyKey: `demo channels ${agreementId}`,
    agreementId,
    channels: [
      { kind: 'PHONE', address: '400-000-0000', hours: '09:00-18:00' },
      { kind: 'EMAIL', address: 'support@example.com' },
    ],
  })
}

async function submit(operator: Operator, as: ActingAs, agreementId: string): Promise<string> {
  const input = { idempotencyKey: `demo submit ${agreementId}`, agreementId }
  await change(operator, as, 'agreementSubmitForSigning', 'AgreementSubmitForSigningInput', input)
  const { agreement } = await operator.run<{ agreement: NonNullable<Changed['agreement']> }>(
    as,
    'query ($id: ID!) { agreement(id: $id) { id currentVersion { contentHash } } }',
    { id: agreementId },
  )
  return agreement.currentVersion.contentHash ?? ''
}

async function signByBoth(
  operator: Operator,
  as: ActingAs,
  customerId: string,
  agreementId: string,
): Promise<void> {
  const contentHash = await submit(operator, as, agreementId)
  const signatory: ActingAs = {
    ...as,
    kind: 'customer',
    roles: ['SIGNATORY'],
    customerId: uuidOf('cus', customerId) as string,
  }
  for (const each of [as, signatory]) {
    await change(operator, each, 'agreementSign', 'AgreementSignInput', {
      idempotencyKey: `demo sign ${each.kind ?? 'staff'} ${agreementId}`,
      agreementId,
      contentHash,
    })
  }
}

async function change(
  operator: Operator,
  as: ActingAs,
  mutation: string,
  inputType: string,
  input: object,
): Promise<string> {
  const data = await operator.run<Record<string, Changed>>(
    as,
    `mutation ($input: ${inputType}!) { ${mutation}(input: $input) { agreement { id currentVersion { contentHash } } userErrors { code field message } } }`,
    { input },
  )
  const { agreement, userErrors } = data[mutation] as Changed
  return must(agreement, userErrors).id
}

function must<T>(value: T | null, userErrors: Changed['userErrors']): T {
  if (value === null)
    throw new Error(
      `the demo could not be loaded: ${userErrors.map(error => `${error.code} ${error.field?.join('.') ?? ''}`).join(', ')}`,
    )
  return value
}

function terms(contractNumber: string, providerName: string, customerName: string): TermValues {
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
function typed(values: TermValues): object {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, /Years$|Days$/.test(name) ? Number(value) : value]),
  )
}

/** The way people paste a contract: something from the page before it, something after it. */
function pasted(contractNumber: string, providerName: string, customerName: string): string {
  const text = standardFormText(terms(contractNumber, providerName, customerName))
  return `首页 > 合同范本 > 软件服务\r\n- 1、仅供参考。\r\n${text.replaceAll('\n', '\r\n')}\r\n相关文档\r\n返回顶部`
}
