import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../../src/platform/config.js'
import { Failure } from '../../src/platform/failure.js'
import { createLogger, describeError } from '../../src/platform/log.js'
import { buildSchema } from '../../src/rooms.js'
import { executorOf } from '../../src/server/executor.js'
import { createApollo } from '../../src/server/apollo.js'
import { Bounds } from '../../src/server/bounds/index.js'
import { DisclosureKeeper } from '../../src/server/disclosure-keeper.js'
import { type Caller, World } from '../kit/world.js'

function logTo(level = 'info') {
  const lines: string[] = []
  return { lines, log: createLogger(level, { write: line => void lines.push(line) }) }
}

describe('an operation', () => {
  let world: World
  let admin: Caller
  beforeAll(async () => {
    world = await World.create()
    admin = await (await world.provider('acme', 'Acme Secret Ltd')).admin()
  })
  afterAll(() => world.close())

  async function linesOf(send: () => Promise<{ headers: Headers }>): Promise<Record<string, unknown>[]> {
    const before = world.logged.length
    const { headers } = await send()
    const lines = world.logged.slice(before).map(line => JSON.parse(line) as Record<string, unknown>)
    for (const line of lines) expect(line.requestId).toBe(headers.get('request-id'))
    return lines
  }

  it('is one line: who asked what kind of thing, how long it took, what went wrong', async () => {
    expect(await linesOf(() => admin.send('query Portal { viewer { kind } }'))).toEqual([
      {
        level: 30,
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        requestId: expect.any(String),
        tenant: 'acme',
        caller: 'staff',
        operation: 'Portal',
        type: 'query',
        ms: expect.any(Number),
        errors: [],
        msg: 'operation',
      },
    ])
  })

  it.each([
    ['{ viewer {', { operation: null, type: null, errors: ['GRAPHQL_PARSE_FAILED'] }],
    [
      'query Q { a b }',
      { operation: null, type: null, errors: ['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_VALIDATION_FAILED'] },
    ],
    [
      'query Q($id: ID!) { node(id: $id) { id } }',
      { operation: 'Q', type: 'query', errors: ['BAD_USER_INPUT'] },
    ],
    [
      'query Q { customers(first: 0) { nodes { id } } }',
      { operation: 'Q', type: 'query', errors: ['BAD_USER_INPUT'] },
    ],
    [
      'mutation M { personErase(input: { idempotencyKey: "k", personId: "p" }) { userErrors { code } } }',
      { operation: 'M', type: 'mutation', errors: [] },
    ],
  ])('is one line with the codes of its errors: %s', async (query, expected) => {
    const lines = await linesOf(() => admin.send(query))
    expect(lines).toEqual([expect.objectContaining({ msg: 'operation', ...expected })])
  })

  it('that was slow says so, by what of the schema it asked and the slowest of its statements', async () => {
    const slow = await World.forTest({ slowMs: 0 })
    const caller = await (await slow.provider()).admin()
    await caller.send('query Portal { mine: customers { totalCount nodes { id } } }')
    expect(JSON.parse(slow.logged.at(-1) as string)).toMatchObject({
      level: 40,
      operation: 'Portal',
      type: 'query',
      field: 'customers',
      statements: 2,
      slowest: expect.arrayContaining([
        { statement: 'list customers', ms: expect.any(Number), times: 1 },
        { statement: 'count customers', ms: expect.any(Number), times: 1 },
      ]),
      msg: 'slow operation',
    })
  })

  it('that was turned away is a line with its status and code, and one with the reason for a token', async () => {
    expect(await linesOf(() => world.post('{', { authorization: `Bearer ${admin.token}` }))).toEqual([
      expect.objectContaining({ msg: 'a request was refused', status: 400, errors: ['BAD_USER_INPUT'] }),
    ])
    expect(await linesOf(() => world.post('{'))).toEqual([
      expect.objectContaining({ msg: 'a token was refused', reason: 'no-bearer-token' }),
      expect.objectContaining({ msg: 'a request was refused', status: 401, errors: ['UNAUTHENTICATED'] }),
    ])
  })
})

describe('LOG_LEVEL', () => {
  const written = (level: string): string[] => {
    const { lines, log } = logTo(readConfig({ LOG_LEVEL: level }).logLevel)
    for (const each of ['debug', 'info', 'warn', 'error', 'fatal'] as const) log[each](each)
    return lines.map(line => (JSON.parse(line) as { msg: string }).msg)
  }

  it('says from where on lines are written', () => {
    expect(written('info')).toEqual(['info', 'warn', 'error', 'fatal'])
    expect(written('debug')).toEqual(['debug', 'info', 'warn', 'error', 'fatal'])
    expect(written('error')).toEqual(['error', 'fatal'])
    expect(written('silent')).toEqual([])
    expect(written('')).toEqual(['info', 'warn', 'error', 'fatal'])
  })

  it('that there is none of is refused at the start', () => {
    expect(() => readConfig({ LOG_LEVEL: 'loud' })).toThrow(/LOG_LEVEL/)
  })
})

describe('the settings for watching', () => {
  it('are off by default, and refused when they could not work', () => {
    expect(readConfig({})).toMatchObject({ metricsPort: null, metricsToken: null, slowMs: 500 })
    expect(readConfig({ METRICS_PORT: '9464', SLOW_OPERATION_MS: '50' })).toMatchObject({
      metricsPort: 9464,
      slowMs: 50,
    })
    // A token that can be guessed, or that no header carries.
    for (const token of ['short', 'with a space in it'])
      expect(() => readConfig({ METRICS_TOKEN: token })).toThrow(/METRICS_TOKEN/)
    expect(() => readConfig({ METRICS_PORT: '70000' })).toThrow(/METRICS_PORT/)
  })
})

describe('the second fence', () => {
  it.each(['authorization', 'headers', 'token', 'password', 'variables', 'query', 'url'])(
    'keeps %s out of a line, at the top and one level down',
    name => {
      const { lines, log } = logTo()
      log.info({ [name]: 's3cret', request: { [name]: 's3cret', id: 1 } }, 'a line')
      expect(JSON.parse(lines[0] as string)).toMatchObject({ request: { id: 1 }, msg: 'a line' })
      expect(lines.join('')).not.toContain('s3cret')
    },
  )

  it('takes the message from every error that is logged as it is', () => {
    const { lines, log } = logTo()
    const error = new Error('s3cret', { cause: new TypeError('s3cret') })
    log.error(error)
    log.error(error, 'it failed')
    log.error({ err: error }, 'it failed')
    log.error({ error, requestId: 'r' }, 'it failed')
    expect(lines).toHaveLength(4)
    expect(lines.join('')).not.toContain('s3cret')
    expect(JSON.parse(lines[1] as string)).toMatchObject({
      msg: 'it failed',
      error: 'Error',
      cause: { error: 'TypeError' },
    })
    expect(JSON.parse(lines[3] as string)).toMatchObject({ requestId: 'r', error: { error: 'Error' } })
  })
})

describe('the description of an error', () => {
  /** Thrown within src, so that there is a place to name. */
  const ofOurs = (): Error => {
    try {
      readConfig({ PORT: 'x' })
    } catch (error) {
      return error as Error
    }
    throw new Error('unreachable')
  }

  it('says where in our code it arose, from the folder on', () => {
    const description = describeError(ofOurs())
    expect(description.at?.[0]).toMatch(/^src\/platform\/config\.ts:\d+:\d+$/)
    expect(JSON.stringify(description)).not.toMatch(/node_modules|work|file:|PORT/)
  })

  it('follows causes, with the codes of PostgreSQL and of our own failures', () => {
    const cause = Object.assign(new pg.DatabaseError('s3cret', 6, 'error'), {
      code: '23505',
      constraint: 'customers_number_key',
      detail: 'Key (number)=(s3cret) already exists.',
    })
    const failure = new Failure('INTERNAL', { messageKey: 'DATABASE_UNREACHABLE', cause })
    expect(describeError(failure)).toMatchObject({
      error: 'Failure',
      code: 'INTERNAL',
      message: 'DATABASE_UNREACHABLE',
      cause: { code: '23505', constraint: 'customers_number_key' },
    })
    expect(JSON.stringify(describeError(failure))).not.toContain('s3cret')
  })

  it.each([
    'plain s3cret',
    's3cret\n    at s3cret (/x/src/s3cret/y.ts:1:1)',
    '\n    at s3cret (src/s3cret.ts:1:1)\n    at s3cret (src/s3cret.ts:2:2)',
    's3cret\nat src/s3cret.ts:1:1',
  ])('holds nothing of a message, whatever the message looks like: %j', message => {
    const error = new Error(message)
    expect(JSON.stringify(describeError(error))).not.toContain('s3cret')
    Object.assign(error, {
      name: `Error ${message}`,
      code: message,
      constraint: message,
      messageKey: message,
    })
    expect(JSON.stringify(describeError(error))).not.toContain('s3cret')
  })

  it('ends, however long the chain of causes is, and takes what is no error', () => {
    const circular = new Error('a')
    circular.cause = circular
    expect(JSON.stringify(describeError(circular)).length).toBeLessThan(3_000)
    expect(describeError('s3cret')).toEqual({ error: 'string' })
    expect(describeError(null)).toEqual({ error: 'object' })
    expect(describeError(undefined)).toEqual({ error: 'undefined' })
  })
})

describe('what Apollo says about itself', () => {
  it('is kept, without what it quotes', async () => {
    const { lines, log } = logTo()
    const apollo = createApollo({
      schema: buildSchema(),
      log,
      keeper: new DisclosureKeeper(log),
      execute: executorOf('compiled'),
      bounds: new Bounds(buildSchema()),
    })
    await apollo.start()
    // A context that breaks our own plugin: Apollo then says that something unexpected happened, and what.
    const request = {
      id: 'r-1',
      language: 'en',
      disclosed: [],
      redactions: [],
      end: () => undefined,
      caller: {},
      get replayed(): never {
        throw new RangeError('s3cret')
      },
    }
    await expect(
      apollo.executeOperation({ query: '{ __typename }' }, { contextValue: { request } as never }),
    ).rejects.toThrow('Internal server error')
    apollo.logger.warn('An error occurred while attempting to read from the documentStore. s3cret')
    apollo.logger.error(new Error('s3cret'))
    await apollo.stop()
    const parsed = lines.map(line => JSON.parse(line) as Record<string, unknown>)
    expect(parsed.map(({ level, msg, apollo: said, error }) => ({ level, msg, said, error }))).toEqual([
      { level: 50, msg: 'the GraphQL server failed', said: undefined, error: 'RangeError' },
      {
        level: 50,
        msg: 'the GraphQL server failed',
        said: 'Unexpected error processing request',
        error: undefined,
      },
      {
        level: 40,
        msg: 'the GraphQL server warns',
        said: 'An error occurred while attempting to read from the documentStore',
        error: undefined,
      },
      { level: 50, msg: 'the GraphQL server failed', said: undefined, error: 'Error' },
    ])
    expect(lines.join('')).not.toContain('s3cret')
  })
})
