import { execFile } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MAX_CONTRACT_BYTES } from '../../src/agreements/contract-reader.js'
import { standardFormText } from '../../src/agreements/standard-form.js'
import { emptyTerms, TERMS } from '../../src/agreements/terms.js'
import { type Caller, contractText, type Customer, type Provider, World } from '../kit/world.js'

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))
/** The standard form as it circulates. Its wording isn't ours, so it stays outside the repository. */
const SHARED = new URL('../../../shared/contract/', import.meta.url)
const FILES = [
  'template-as-crawled',
  'filled-arabic-numerals',
  'filled-chinese-numerals',
  'filled-partly',
] as const

interface Expected {
  terms: { clause: string; name: string; value: string | null }[]
  missingTerms: { clause: string; name: string }[]
  warnings: string[]
  clauseNumbers: string[]
}

const TERM_NAMES = TERMS.map(({ name }) => name).join(' ')
const READ = `agreement { id number state timeZone revision effectiveOn customer { id }
  currentVersion { number state requiredActs contentHash terms { ${TERM_NAMES} } missingTerms { clause name required }
    warnings { code clause message } clauses { number depth parentNumber title text blanks { name value unit } } } }`

let world: World
let provider: Provider
let customer: Customer
let admin: Caller
beforeAll(async () => {
  world = await World.create()
  provider = await world.provider()
  customer = await provider.customer()
  admin = await provider.admin()
})
afterAll(() => world.close())

// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
const importText = (text: string, more: object = {}, by: Caller = admin): Promise<any> =>
  by.mutate('agreementImport', { customerId: customer.id, text, ...more }, READ)

/** Imports a text that must be refused, and holds it to having left nothing behind. */
async function refused(text: string, more: object = {}, by: Caller = admin): Promise<object> {
  const before = await world.contents()
  const { agreement, userErrors } = await importText(text, more, by)
  expect(agreement).toBeNull()
  expect(userErrors).toHaveLength(1)
  expect(userErrors[0].message).not.toBe('')
  expect(await world.contents()).toEqual(before)
  return userErrors[0]
}

const skipped = existsSync(SHARED) ? '' : ' (skipped: ../shared/contract is not there)'

describe.skipIf(skipped !== '')(`the standard form, through the API${skipped}`, () => {
  it.each(FILES)('%s imports exactly as a careful reader takes it', async name => {
    const text = readFileSync(new URL(`${name}.txt`, SHARED), 'utf8')
    const expected = JSON.parse(readFileSync(new URL(`${name}.expected.json`, SHARED), 'utf8')) as Expected
    const { agreement, userErrors } = await importText(text)
    expect(userErrors).toEqual([])
    const { clauses, terms, missingTerms, warnings } = agreement.currentVersion
    expect(clauses.map((clause: { number: string }) => clause.number)).toEqual(expected.clauseNumbers)
    expect(terms).toEqual(typed(expected.terms))
    expect(blanksOf(clauses)).toEqual(expected.terms.filter(({ clause }) => clause !== '0'))
    expect(missingTerms).toEqual(expected.missingTerms.map(term => ({ ...term, required: true })))
    expect(warnings.map((warning: { code: string }) => warning.code)).toEqual(expected.warnings)
    expect(agreement.number).toBe(expected.terms.find(term => term.name === 'contractNumber')?.value)
    expect(agreement).toMatchObject({ state: 'DRAFT', effectiveOn: null, customer: { id: customer.id } })
    expect(agreement.currentVersion).toMatchObject({ number: 1, state: 'DRAFT', contentHash: null })
  })

  it('what was imported reads the same later, as nodes of their own', async () => {
    const text = readFileSync(new URL('template-as-crawled.txt', SHARED), 'utf8')
    const { agreement } = await importText(text)
    const again = await admin.ask(`query ($id: ID!) { agreement(id: $id) { ${READ.slice(12, -1)} } }`, {
      id: agreement.id,
    })
    expect(again.agreement).toEqual(agreement)
  })
})

/** What the API's typed fields make of the values: years and days are Int, the rest text. */
function typed(terms: Expected['terms']): object {
  const whole = new Set(
    TERMS.filter(({ unit }) => unit === 'YEARS' || unit === 'WORKING_DAYS').map(({ name }) => String(name)),
  )
  return Object.fromEntries(
    terms.map(({ name, value }) => [name, whole.has(name) && value !== null ? Number(value) : value]),
  )
}

function blanksOf(clauses: { number: string; blanks: { name: string; value: string | null }[] }[]): object[] {
  return clauses.flatMap(({ number, blanks }) =>
    blanks.map(({ name, value }) => ({ clause: number, name, value })),
  )
}

describe('a text of our own wording', () => {
  it('becomes a draft in the zone and with the acts that were asked for, and the journal says so without a name', async () => {
    const { agreement, userErrors } = await importText(contractText('OWN-1'), {
      timeZone: 'Europe/Berlin',
      requiredActs: 'SIGNATURE_AND_SEAL',
    })
    expect(userErrors).toEqual([])
    expect(agreement).toMatchObject({
      number: 'OWN-1',
      timeZone: 'Europe/Berlin',
      currentVersion: { requiredActs: 'SIGNATURE_AND_SEAL', missingTerms: [], warnings: [] },
    })
    const events = await world.journal(provider.tenantId, agreement.id.slice(4))
    expect(events).toMatchObject([
      {
        type: 'agreement.imported',
        category: 'CONTRACT',
        subject_kind: 'agr',
        subject_revision: agreement.revision,
        customer_id: customer.uuid,
        clause: null,
        actor_kind: 'staff',
        data: { versionNumber: 1, clauses: 77 },
      },
    ])
    expect(events[0]?.actor_id).toMatch(/^[0-9a-f]{64}$/)
  })

  it.each([
    ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['CR', (text: string) => text.replaceAll('\n', '\r')],
    ['a byte order mark', (text: string) => `\ufeff${text}`],
    ['wide blanks around every line', (text: string) => text.replace(/^(.+)$/gm, '　　$1　')],
    [
      'NUL inside words and numbers',
      (text: string) => text.replaceAll('小时', '小\0时').replaceAll('24', '2\x004'),
    ],
    ['other controls', (text: string) => text.replaceAll('甲方', '甲\x01\x02方').replaceAll('。', '\x7f。')],
    ['lone surrogates', (text: string) => text.replaceAll('年', '\ud800年').replaceAll('。', '\udc00。')],
    ['zero-width marks', (text: string) => text.replaceAll('年', '\u200b年\u200d')],
  ])('reads the same with %s', async (_, disguise) => {
    const number = `D-${crypto.randomUUID().slice(0, 8)}`
    const plain = await importText(contractText(`${number}-P`))
    const { agreement, userErrors } = await importText(disguise(contractText(`${number}-D`)))
    expect(userErrors).toEqual([])
    expect(agreement.number).toBe(`${number}-D`)
    const [theirs, ours] = [agreement.currentVersion, plain.agreement.currentVersion]
    expect({ ...theirs.terms, contractNumber: null }).toEqual({ ...ours.terms, contractNumber: null })
    expect(theirs.clauses.map(withoutNumbers)).toEqual(ours.clauses.map(withoutNumbers))
    expect(theirs.warnings).toEqual([])
  })

  it('may have no number yet, any number of times', async () => {
    const text = standardFormText(emptyTerms())
    for (const { agreement, userErrors } of [await importText(text), await importText(text)]) {
      expect(userErrors).toEqual([])
      expect(agreement.number).toBeNull()
      expect(agreement.currentVersion.missingTerms).toHaveLength(14)
    }
  })

  it('is imported once, however often it is sent under one key', async () => {
    const input = { idempotencyKey: 'import-1', text: contractText('KEY-1') }
    const [first, again] = [await importText('', input), await importText('', input)]
    expect(first.userErrors).toEqual([])
    expect(again).toEqual(first)
    expect(await world.journal(provider.tenantId, first.agreement.id.slice(4))).toHaveLength(1)
  })

  it('is imported by a service with the scope and by FINANCE, and by nobody who may not write', async () => {
    const service = await provider.service(['agreement:write', 'agreement:read', 'customer:read'])
    expect((await importText(contractText('SVC-1'), {}, service)).userErrors).toEqual([])
    const finance = await provider.staff('FINANCE')
    expect((await importText(contractText('FIN-1'), {}, finance)).userErrors).toEqual([])
    const forbidden = [
      await provider.staff('AGENT'),
      await provider.staff('AUDITOR'),
      await customer.signatory(),
      await provider.service(['agreement:read']),
      await provider.app('reader', ['agreement:read', 'agreement:write']),
    ]
    const before = await world.contents()
    for (const caller of forbidden) {
      const answer = await caller.send(
        'mutation ($input: AgreementImportInput!) { agreementImport(input: $input) { agreement { id } } }',
        { input: { idempotencyKey: 'k', customerId: customer.id, text: contractText('NO-1') } },
      )
      expect(answer.errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    }
    expect(await world.contents()).toEqual(before)
  })
})

/** Ids differ and so does the number; the words don't. */
const withoutNumbers = ({ number, title, text, blanks }: Record<string, unknown>): object => ({
  number,
  title,
  text,
  blanks,
})

describe('a text that is refused leaves nothing behind', () => {
  const NOT_OURS: [string, string][] = [
    ['nothing', ''],
    ['blanks', ' \t\r\n　'],
    ['invisible characters', '\u200b\ufeff\0\ud800'],
    ['a word', '你好'],
    ['numbers', '1.1 1.1.1 1.2 2.3.1 8.3.2'],
    ['a web page', '<html><body><h1>404</h1><p>1.1 Not found</p></body></html>'],
    ['a letter that names both sides', '甲方、乙方:软件的维护请照旧,谢谢。'],
    [
      'a lease',
      [
        '房屋租赁合同',
        '甲方:张先生',
        '乙方:李女士',
        '1.1 房屋',
        '1.1.1 甲方把房屋租给乙方。',
        '2.1 租金',
        '2.1.1 每月付租金。',
        '3.1 押金',
        '3.1.1 押一付三。',
      ].join('\n'),
    ],
    [
      'an agreement about something else of the same parties',
      [
        '采购合同',
        '甲方:甲公司',
        '乙方:乙公司',
        '1.1 货物',
        '1.1.1 乙方交付桌椅。',
        '2.1 运输',
        '2.1.1 乙方负责运输。',
        '3.1 验收',
        '3.1.1 甲方当场验收。',
      ].join('\n'),
    ],
    [
      'a table of thousands of numbers',
      Array.from({ length: 5000 }, (_, at) => `${(at % 90) + 1}.${(at % 9) + 1} 甲方 乙方`).join('\n'),
    ],
  ]

  it.each(NOT_OURS)('%s is no agreement', async (_, text) => {
    expect(await refused(text)).toMatchObject({
      code: 'NOT_AN_AGREEMENT',
      field: ['input', 'text'],
      clause: null,
      retryable: false,
    })
  })

  it('a text over 256 kB is too large, counted in bytes of UTF-8', async () => {
    const text = contractText('BIG-1')
    const room = MAX_CONTRACT_BYTES - Buffer.byteLength(text)
    const wide = `${'空'.repeat(Math.floor(room / 3))}${'-'.repeat(room % 3)}\n`
    expect(Buffer.byteLength(wide + text)).toBe(MAX_CONTRACT_BYTES + 1)
    for (const over of [wide + text, '\n'.repeat(room + 1) + text, '字'.repeat(MAX_CONTRACT_BYTES / 2)]) {
      expect(await refused(over)).toMatchObject({
        code: 'TEXT_TOO_LARGE',
        field: ['input', 'text'],
        message: 'The text is over 256 kB.',
      })
    }
  })

  it('a text of exactly 256 kB is read, whatever its padding', async () => {
    for (const [number, padding] of [
      ['EDGE-1', '\n'],
      ['EDGE-2', '\0'],
    ] as const) {
      const text = contractText(number)
      const padded = padding.repeat(MAX_CONTRACT_BYTES - Buffer.byteLength(text)) + text
      expect(Buffer.byteLength(padded)).toBe(MAX_CONTRACT_BYTES)
      const { agreement, userErrors } = await importText(padded)
      expect(userErrors).toEqual([])
      expect(agreement.currentVersion.clauses).toHaveLength(77)
    }
  })

  it('a body too large to be read at all is answered in the shape of GraphQL', async () => {
    const before = await world.contents()
    const answer = await admin.send(
      'mutation ($input: AgreementImportInput!) { agreementImport(input: $input) { agreement { id } } }',
      { input: { idempotencyKey: 'k', customerId: customer.id, text: '字'.repeat(1_000_000) } },
    )
    expect(answer.status).toBe(413)
    expect(answer.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
    expect(await world.contents()).toEqual(before)
  })

  it('a number that an agreement of the tenant has is taken, and is free in another tenant', async () => {
    const text = contractText('TWICE-1')
    expect((await importText(text)).userErrors).toEqual([])
    const taken = { code: 'TAKEN', field: ['input', 'text'], clause: '0' }
    expect(await refused(text)).toMatchObject(taken)
    const second = await provider.customer()
    expect(await refused(text, { customerId: second.id })).toMatchObject(taken)
    const other = await world.provider()
    const elsewhere = await other.customer()
    const theirs = await (await other.admin()).mutate(
      'agreementImport',
      { customerId: elsewhere.id, text },
      READ,
    )
    expect(theirs.userErrors).toEqual([])
  })

  it('of many imports of one number at once exactly one is kept', async () => {
    const text = contractText('RACE-1')
    const results = await Promise.all(Array.from({ length: 6 }, () => importText(text)))
    const codes: string[] = results.map(({ userErrors }) => userErrors[0]?.code ?? 'kept')
    expect(codes.sort()).toEqual(['TAKEN', 'TAKEN', 'TAKEN', 'TAKEN', 'TAKEN', 'kept'])
  })

  it.each([
    ['unknown', 'cus_00000000-0000-7000-8000-000000000000'],
    ['malformed', "cus_' or 1=1"],
    ['empty', ''],
  ])('an %s customer is not found', async (_, customerId) => {
    const error = await refused(contractText('LOST-1'), { customerId })
    expect(error).toMatchObject({ code: 'NOT_FOUND', field: ['input', 'customerId'] })
  })

  it("another tenant's customer and another customer of a bound service are not found, like any unknown one", async () => {
    const foreign = await (await world.provider()).customer()
    const neighbour = await provider.customer()
    const bound = await provider.service(['agreement:write', 'agreement:read', 'customer:read'], neighbour)
    const error = { code: 'NOT_FOUND', field: ['input', 'customerId'] }
    expect(await refused(contractText('LOST-2'), { customerId: foreign.id })).toMatchObject(error)
    expect(await refused(contractText('LOST-2'), {}, bound)).toMatchObject(error)
  })
})

describe('the language of the answer', () => {
  const send = (text: string, language: string) =>
    admin.send(
      `mutation ($input: AgreementImportInput!) { agreementImport(input: $input) {
         agreement { currentVersion { warnings { code message } } } userErrors { message } } }`,
      { input: { idempotencyKey: crypto.randomUUID(), customerId: customer.id, text } },
      { 'accept-language': language },
    )

  it.each(['zh-CN', 'zh', 'zh-TW;q=0.9, en;q=0.1', 'fr, zh-Hans-CN'])('%s gets Chinese', async language => {
    const [none, large] = [await send('你好', language), await send('字'.repeat(100_000), language)]
    // biome-ignore lint/suspicious/noExplicitAny: the few fields this looks at
    const message = (answer: any): string => answer.data.agreementImport.userErrors[0].message
    expect(message(none)).toBe('该文本不是可识别的维护协议:应包含编号条款(如 2.3.1)以及甲方、乙方。')
    expect(message(large)).toBe('文本超过 256 kB。')
  })

  it('warnings of a contradictory text speak it as well, and English otherwise', async () => {
    const sample = readFileSync(new URL('./samples/contradictory.txt', import.meta.url), 'utf8')
    // biome-ignore lint/suspicious/noExplicitAny: the few fields this looks at
    const warnings = (answer: any) => answer.data.agreementImport.agreement.currentVersion.warnings
    const chinese = warnings(await send(sample, 'zh-CN'))
    expect(chinese.map(({ code }: { code: string }) => code)).toEqual([
      'FIX_SOONER_THAN_RESPONSE',
      'SERVICE_TERM_DIFFERS',
      'UPDATE_WINDOW_WITHIN_LEAD',
    ])
    expect(chinese[0].message).toBe('修复时限早于响应时限。')
    const english = warnings(await send(sample.replace(/合同编号[:：].*/, ''), 'de'))
    expect(english[0].message).toBe('The fix is due before the response.')
  })
})

describe('surety import', () => {
  const run = promisify(execFile)
  let folder: string
  let files: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'surety-import-'))
    files = mkdtempSync(join(tmpdir(), 'surety-texts-'))
    // The command itself, as `npm run build` makes it; what it imports is found as from the repository.
    await run('npx', ['tsc', '-p', 'tsconfig.build.json', '--outDir', folder], { cwd: REPOSITORY })
    copyFileSync(join(REPOSITORY, 'package.json'), join(folder, 'package.json'))
    symlinkSync(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'))
  })
  afterAll(() => {
    for (const each of [folder, files]) rmSync(each, { recursive: true, force: true })
  })

  interface Ended {
    code: number
    stdout: string
    stderr: string
  }

  /** Runs the command on the world's database, in no terminal. */
  async function surety(args: string[], env: Record<string, string | undefined> = {}): Promise<Ended> {
    const settings = { DATABASE_URL: world.appUrl, SURETY_MASTER_KEY: world.masterKey, ...env }
    const { PATH, HOME } = process.env
    const options = { cwd: files, env: { PATH, HOME, ...settings } as NodeJS.ProcessEnv }
    const command = run(process.execPath, [join(folder, 'src/cli.js'), ...args], options)
    return command.then(
      ended => ({ code: 0, ...ended }),
      ({ code, stdout, stderr }: Ended) => ({ code, stdout, stderr }),
    )
  }

  const importing = (...names: string[]): Promise<Ended> =>
    surety(['import', '--tenant', provider.slug, '--customer', customer.number, ...names])

  const put = (name: string, text: string | Buffer): string => {
    writeFileSync(join(files, name), text)
    return name
  }

  it('imports file by file, says so line by line, and ends with 0', async () => {
    const [first, second] = [
      put('a.txt', contractText('CLI-1')),
      put('b.txt', `\ufeff${contractText('CLI-2')}`),
    ]
    const { code, stdout, stderr } = await importing(first, second)
    expect([code, stderr]).toEqual([0, ''])
    const lines = stdout.trim().split('\n')
    expect(lines).toEqual([
      expect.stringMatching(/^1\/2 a\.txt: CLI-1, 77 clauses, agr_[0-9a-f-]{36}$/),
      expect.stringMatching(/^2\/2 b\.txt: CLI-2, 77 clauses, agr_[0-9a-f-]{36}$/),
    ])
    const id = lines[1]?.split(', ').at(-1)
    const { agreement } = await admin.ask(
      'query ($id: ID!) { agreement(id: $id) { number state customer { number } currentVersion { missingTerms { name } } } }',
      { id },
    )
    expect(agreement).toEqual({
      number: 'CLI-2',
      state: 'DRAFT',
      customer: { number: customer.number },
      currentVersion: { missingTerms: [] },
    })
    const [event] = await world.journal(provider.tenantId, id?.slice(4))
    expect(event).toMatchObject({ type: 'agreement.imported', actor_kind: 'staff' })
    expect(event?.actor_id).toMatch(/^[0-9a-f]{64}$/)
  })

  it('says what is missing and what deserves a look', async () => {
    const terms = { ...emptyTerms(), responseHours: '8', fixHours: '4', contractNumber: 'CLI-3' }
    const { code, stdout } = await importing(put('c.txt', standardFormText(terms)))
    expect(code).toBe(0)
    expect(stdout).toContain(
      'missing: 0 providerName, 0 customerName, 1.3.1 termYears, 2.4.1 serviceTermYears',
    )
    expect(stdout).toContain('2.3.1: The fix is due before the response.')
  })

  it('goes on behind a file that fails, names each, and ends with 1', async () => {
    const texts = [
      put('good.txt', contractText('CLI-4')),
      'gone.txt',
      '.',
      put('note.txt', '买菜'),
      put('empty.txt', ''),
      put('large.txt', `${contractText('CLI-5')}${'\n'.repeat(300_000)}`),
      put('again.txt', contractText('CLI-4')),
      put('gbk.txt', Buffer.from([0xba, 0xcf, 0xcd, 0xac, 0xb1, 0xe0, 0xba, 0xc5])),
      put('last.txt', contractText('CLI-6')),
    ]
    const { code, stdout, stderr } = await importing(...texts)
    expect(code).toBe(1)
    const lines = stdout.trim().split('\n')
    expect(lines.map(line => line.split(':')[0])).toEqual(texts.map((name, at) => `${at + 1}/9 ${name}`))
    expect(lines[1]).toBe('2/9 gone.txt: cannot be read (ENOENT)')
    expect(lines[2]).toBe('3/9 .: cannot be read (EISDIR)')
    for (const line of lines.slice(3, 5)) expect(line).toContain('This text is no maintenance agreement')
    expect(lines[5]).toBe('6/9 large.txt: The text is over 256 kB.')
    expect(lines[6]).toBe('7/9 again.txt: Another agreement has this number (合同编号).')
    expect(lines[7]).toBe('8/9 gbk.txt: is not in UTF-8: save it as UTF-8 and import it again')
    expect(lines[8]).toContain('CLI-6, 77 clauses')
    expect(stderr).toBe('7 of 9 could not be imported; the others are.\n')
  })

  it.each([
    [
      'an unknown tenant',
      ['--tenant', 'nobody', '--customer', 'C-1'],
      'There is no tenant "nobody": "surety tenant create" makes one.',
    ],
    [
      'an unknown customer',
      ['--tenant', 'provider-1', '--customer', 'X'],
      'The tenant provider-1 has no customer "X".',
    ],
  ])('%s is one sentence, and nothing is left behind', async (_, options, sentence) => {
    const before = await world.contents()
    const ended = await surety(['import', ...options, put('d.txt', contractText('CLI-7'))])
    expect(ended).toEqual({ code: 1, stdout: '', stderr: `${sentence}\n` })
    expect(await world.contents()).toEqual(before)
  })

  it.each([
    [
      'another master key',
      { SURETY_MASTER_KEY: Buffer.alloc(32).toString('base64') },
      'another SURETY_MASTER_KEY',
    ],
    ['a database that is not there', { DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c' }, 'DATABASE_URL'],
  ])('%s is one sentence that names the setting', async (_, env, words) => {
    const names = ['import', '--tenant', provider.slug, '--customer', customer.number, 'a.txt']
    const { code, stdout, stderr } = await surety(names, env)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain(words)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it.each([
    ['no file', ['--tenant', 'a', '--customer', 'b'], "missing required argument 'file'"],
    ['no customer', ['--tenant', 'a', 'a.txt'], "required option '--customer <number>' not specified"],
  ])('%s is said before anything is opened', async (_, options, words) => {
    const { code, stdout, stderr } = await surety(['import', ...options], { DATABASE_URL: 'not asked' })
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain(words)
    expect(stderr).toContain('surety --help')
  })

  it('--help says what it takes and ends with 0', async () => {
    const { code, stdout, stderr } = await surety(['import', '--help'], { DATABASE_URL: undefined })
    expect([code, stderr]).toEqual([0, ''])
    for (const words of ['surety import', '--tenant <slug>', '--customer <number>', 'UTF-8, at most 256 kB'])
      expect(stdout).toContain(words)
  })
})
