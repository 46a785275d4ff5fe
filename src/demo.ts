import {
  customer,
  type DemoCustomer,
  draft,
  equip,
  importPasted,
  price,
  signByBoth,
  submit,
  terms,
} from './demo-agreements.js'
import { DemoHand } from './demo-hand.js'
import { authorize, backUp, comment, handle, invoice, keepBackups, pay, person, report } from './demo-life.js'
import { type Foundations, schemaOfTheHouse } from './main.js'
import { Operator } from './operator.js'
import { AlarmClock, systemSession } from './persistence/index.js'
import { createLogger } from './platform/log.js'
import { jobs } from './rooms.js'
import { addApp, createTenant, type DirectoryTenant, TenantError } from './tenancy/index.js'

/** The customers of the tenant `demo` that tokens are printed for. */
export const DEMO_CUSTOMER = 'C-001'
export const DEMO_APP = 'partner-portal'

export const DEMO_APP_SCOPES = [
  'viewer:read',
  'agreement:read',
  'customer:read',
  'ticket:read',
  'invoice:read',
  'event:read',
]

const APP_NAME = 'Partner portal'
const [DEMO, PROVIDER] = ['demo', '云舟智服科技有限公司']
const [DEMO2, PROVIDER2] = ['demo2', '北辰软件维护有限公司']
const RETAILER = '江南百货股份有限公司'
const [CARRIER_NUMBER, CARRIER] = ['C-003', '远航物流有限公司']
const DAY = 24 * 60
/** A response of 0.25 h that was reported so long ago, in minutes, falls due half a minute after the start. */
const ALMOST_A_QUARTER = 14.5

/**
 * The demo: two providers and their five customers, so that a newcomer has something to ask for and can see that the
 * walls hold. Made through the public API, once: every step has a fixed idempotency key.
 */
export async function loadDemo(base: Foundations): Promise<void> {
  const loadRest = await beginDemo(base, { past: false })
  await loadRest()
}

/**
 * What the demo has behind it; answers how the rest is loaded, which happens now and so may wait for the first answers.
 *
 * With `past` that is twenty days, and a breach is half a minute ahead. Only a server may wish that, before it answers
 * anyone: the clock of the whole database goes back for it. Without, everything happens now.
 */
export async function beginDemo(base: Foundations, options: { past: boolean }): Promise<() => Promise<void>> {
  if (await isDemoThere(base)) return async () => undefined
  const operator = new Operator(schemaOfTheHouse(), base)
  const time = new DemoTime(base, options.past)
  try {
    await time.goTo(20 * DAY)
    const demo = await tenant(base, DEMO, PROVIDER)
    const staff = new DemoHand(operator, { tenant: demo, subject: 'demo' })
    const partner = await app(base, staff)
    const retail = await fillPast(staff, time)
    return async () => {
      await fillPresent(staff, retail, partner)
      // Last, so that a demo without it was cut short.
      const demo2 = await tenant(base, DEMO2, PROVIDER2)
      await fillDemo2(new DemoHand(operator, { tenant: demo2, subject: 'demo' }))
    }
  } finally {
    await time.putRight()
  }
}

/** False also for a demo that was cut short as it was being loaded. */
export async function isDemoThere(base: Foundations): Promise<boolean> {
  const { tenants } = await base.directory.look()
  return [DEMO, DEMO2].every(slug => tenants.some(each => each.slug === slug))
}

/** The demo's walk from the past to now, if it has a past. */
class DemoTime {
  readonly #base: Foundations
  readonly #clock: Foundations['clock']

  constructor(base: Foundations, past: boolean) {
    this.#base = base
    this.#clock = past ? base.clock : null
  }

  /** Goes on to so many minutes ago. What fell due on the way rings there, as it would have in a server that ran. */
  async goTo(minutesAgo: number): Promise<void> {
    await this.#clock?.shiftTo(-minutesAgo * 60_000)
    if (this.#clock) await new AlarmClock(this.#base.database, jobs, createLogger('error')).ringDue()
  }

  /** When that is in the demo: an instant after another one, which without a past is no later than the other. */
  later(instant: string, minutes: number): string {
    return this.#clock ? new Date(Date.parse(instant) + minutes * 60_000).toISOString() : instant
  }

  /** The local time of day, of Shanghai, so many minutes ago. */
  timeOfDay(minutesAgo: number): string {
    return new Date(Date.now() - minutesAgo * 60_000).toLocaleTimeString('en-GB', {
      timeZone: 'Asia/Shanghai',
      hour: '2-digit',
      minute: '2-digit',
    })
  }

  async putRight(): Promise<void> {
    await this.#clock?.putRight()
  }
}

/** The third party's app. */
interface Partner {
  id: string
  name: string
}

/** The retailer, whose agreement most of the demo happens under. */
interface Retail {
  customer: DemoCustomer
  agreementId: string
  reporterId: string
}

/** Two agreements in force, what happened under one in twenty days, and under the other a quarter of an hour ago. */
async function fillPast(staff: DemoHand, time: DemoTime): Promise<Retail> {
  const retailer = await customer(staff, DEMO_CUSTOMER, RETAILER, '91330100MA2B3C4D5E')
  const agreementId = await importPasted(staff, retailer, terms('YZ-2026-001', PROVIDER, RETAILER))
  await equip(staff, agreementId)
  await price(staff, agreementId, '240000.00', 'MONTHLY')
  await signByBoth(staff, retailer, agreementId)
  const carrier = await customer(staff, CARRIER_NUMBER, CARRIER)
  const quick = { ...terms('YZ-2026-004', PROVIDER, CARRIER), responseHours: '0.25', fixHours: '8' }
  const quickId = await draft(staff, carrier, quick)
  await price(staff, quickId, '120000.00', 'ANNUAL')
  await signByBoth(staff, carrier, quickId)
  const reporterId = await person(retailer.member, '李娜', 'li.na@jiangnan.example')
  const retail = { customer: retailer, agreementId, reporterId }
  await livePast(staff, retail, time)
  await time.goTo(ALMOST_A_QUARTER)
  await report(carrier.member, quickId, 'FAULT', '运单查询机器人全部超时', { priority: 'URGENT' })
  return retail
}

/** An invoice that is paid, a fault that was fixed late, a backup that was kept and one that nobody made. */
async function livePast(staff: DemoHand, retail: Retail, time: DemoTime): Promise<void> {
  const { agreementId, reporterId } = retail
  const { member } = retail.customer
  const engineer = staff.other({ subject: 'demo engineer', roles: ['AGENT'] })
  const operations = staff.other({ subject: 'demo backups', roles: ['OPERATOR'] })
  const first = await invoice(staff, agreementId, 1)
  await time.goTo(15 * DAY)
  await pay(staff, first.id, '20000.00', time.later(first.createdAt, 4 * DAY))
  await time.goTo(3 * DAY)
  const channel = { channel: 'PHONE', priority: 'HIGH', reporterId }
  const late = await report(member, agreementId, 'FAULT', '机器人不再回答订单问题', channel)
  await time.goTo(3 * DAY - 45)
  await handle(engineer, 'Respond', late, '已收到，正在排查。')
  // The fix was due after 24 hours, was found missing, and comes after 26.
  await time.goTo(2 * DAY - 1)
  await time.goTo(3 * DAY - 26 * 60)
  await handle(engineer, 'Resolve', late, '索引已重建，回答恢复正常。')
  // Slots 26 hours ago and two hours ago: for the second nobody backs up, and its grace of one is over.
  await time.goTo(27 * 60)
  await keepBackups(operations, agreementId, time.timeOfDay(2 * 60))
  await time.goTo(26 * 60 - 1)
  await backUp(operations, agreementId)
  await time.goTo(59)
}

/** An invoice that is open, tickets in other states, drafts, and a third party with what it may see. */
async function fillPresent(staff: DemoHand, retail: Retail, partner: Partner): Promise<void> {
  const { agreementId, reporterId } = retail
  const { member } = retail.customer
  const engineer = staff.other({ subject: 'demo engineer', roles: ['AGENT'] })
  await authorize(retail.customer, partner, reporterId)
  await invoice(staff, agreementId, 2)
  const question = await report(member, agreementId, 'SUPPORT', '如何导出上月的会话记录？', { reporterId })
  await handle(engineer, 'Respond', question, '在“报表”中选择月份即可导出。')
  await handle(engineer, 'Resolve', question)
  await handle(member, 'Close', question)
  // Nobody has asked this one for a consent, so to the app the name stays closed.
  const other = await person(member, '王伟', 'wang.wei@jiangnan.example')
  const open = await report(member, agreementId, 'FAULT', '知识库同步失败', { reporterId: other })
  await handle(engineer, 'Respond', open, '我们正在查看同步日志。')
  await handle(engineer, 'Start', open)
  await comment(member, open, '今晚有促销，请优先处理。')
  await report(member, agreementId, 'SUPPORT', '能否增加一个坐席账号？', { reporterId: other })
  // A draft with blanks, so that `missingTerms` has something to show, and one that waits for its signatures.
  const hospital = await customer(staff, 'C-002', '仁济康复医院')
  const blanks = { contractNumber: 'YZ-2026-002', customerName: '仁济康复医院' }
  await draft(staff, hospital, { ...blanks, responseHours: '0.25', fixHours: '8' })
  const carrier = await customer(staff, CARRIER_NUMBER, CARRIER)
  await submit(staff, await draft(staff, carrier, terms('YZ-2026-003', PROVIDER, CARRIER)))
}

async function fillDemo2(staff: DemoHand): Promise<void> {
  for (const [number, customerNumber, name] of [
    ['BC-26-7', 'K-10', '南山农商银行'],
    ['BC-26-8', 'K-11', '启明在线学校'],
  ] as const) {
    const holder = await customer(staff, customerNumber, name)
    const agreementId = await draft(staff, holder, terms(number, PROVIDER2, name))
    await signByBoth(staff, holder, agreementId)
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

/** Its client id is one that a newcomer can type, so it isn't registered through the API, which makes one up. */
async function app(base: Foundations, staff: DemoHand): Promise<Partner> {
  const find = async (): Promise<Partner | undefined> => {
    const { apps } = await staff.ask<{ apps: { nodes: { id: string; clientId: string; name: string }[] } }>(
      '{ apps(first: 100) { nodes { id clientId name } } }',
    )
    return apps.nodes.find(each => each.clientId === DEMO_APP)
  }
  const known = await find()
  if (known) return known
  const details = {
    clientId: DEMO_APP,
    name: APP_NAME,
    contact: 'privacy@portal.example',
    scopes: DEMO_APP_SCOPES,
  }
  await base.database.write(systemSession(staff.tenantId), async operation => {
    await addApp(operation, details)
  })
  return (await find()) as Partner
}
