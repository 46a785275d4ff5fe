import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { World } from '../kit/world.js'
import { Desk } from './kit.js'

let world: World
let desk: Desk

beforeAll(async () => {
  world = await World.create()
  desk = await Desk.open(world)
  await desk.at('2026-03-02T10:00')
  await desk.report({ subject: '智能客服无法登录', description: '今早九点起,全部坐席提示 ERR-1042。' })
  await desk.report({ subject: '导出报表很慢', description: '登录正常,导出 PDF 超时 Timeout 30s' })
  await desk.report({ subject: 'ＡＰＩ 返回 500', description: `${'无关。'.repeat(200)}尾声` })
})
afterAll(() => world.close())

async function found(search: string, caller = desk.member): Promise<string[]> {
  const { tickets } = await caller.ask(
    'query ($filter: TicketFilter) { tickets(filter: $filter, orderBy: { field: CREATED_AT, direction: ASC }) { nodes { number } totalCount } }',
    { filter: { search } },
  )
  expect(tickets.nodes).toHaveLength(tickets.totalCount)
  return tickets.nodes.map((each: { number: number }) => each.number)
}

describe('search over subject and description', () => {
  it('finds a Chinese word of two characters, in the midst of a sentence', async () => {
    expect(await found('登录')).toEqual([1, 2])
    expect(await found('坐席')).toEqual([1])
    expect(await found('报表')).toEqual([2])
    expect(await found('席坐')).toEqual([])
  })

  it('finds longer words as they are, and all of several words', async () => {
    expect(await found('无法登录')).toEqual([1])
    expect(await found('登录  导出')).toEqual([2])
    // Each of its pairs is there, but not the word.
    expect(await found('登录正常,全部')).toEqual([])
  })

  it('finds Latin letters and digits whatever their case and width, and single characters', async () => {
    expect(await found('err-1042')).toEqual([1])
    expect(await found('timeout')).toEqual([2])
    expect(await found('api')).toEqual([3])
    expect(await found('５００')).toEqual([3])
    expect(await found('慢')).toEqual([2])
  })

  it('takes what would be a pattern elsewhere for what it is, and nothing for no restriction', async () => {
    expect(await found('%')).toEqual([])
    expect(await found("'; drop table tickets; --")).toEqual([])
    expect(await found('?')).toEqual([])
    expect(await found('  ')).toEqual([1, 2, 3])
    expect(await found('\0')).toEqual([])
    const long = await desk.member.send(
      'query ($s: String) { tickets(filter: { search: $s }) { totalCount } }',
      {
        s: '长'.repeat(301),
      },
    )
    expect(long.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
  })

  it("finds nothing of another customer's", async () => {
    const other = await desk.provider.customer()
    expect(await found('登录', await other.user('MEMBER'))).toEqual([])
    expect(await found('登录', desk.agent)).toEqual([1, 2])
  })

  it('reaches its index under row-level security, which the operators of text would not', async () => {
    const plan = await world.database.write(
      { kind: 'staff', tenantId: desk.provider.tenantId, customerId: null, appId: null, grants: [] },
      async operation => {
        await operation.run('set local enable_seqscan = off')
        const rows = await operation.run<{ 'QUERY PLAN': string }>(
          'explain select id from tickets where id = any (array(select ticket_id from ticket_bigrams where bigram = 1))',
        )
        return rows.map(row => row['QUERY PLAN']).join('\n')
      },
    )
    expect(plan).toMatch(/Index Cond: \(\(tenant_id = .*\) AND \(bigram = .*\)\)/)
    expect(plan).toMatch(/Index Cond: .*id = ANY/)
  })
})
