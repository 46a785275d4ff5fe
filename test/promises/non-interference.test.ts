import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Noise } from '../kit/interference/noise.js'
import { Pair, type PairReport, type Twin } from '../kit/interference/pair.js'
import { APP_SCOPES, Side } from '../kit/interference/side.js'
import { accessTable } from '../../src/rooms.js'
import type { TokenWish } from '../../src/token.js'

/**
 * bars.md, Trust 3: the same operations in two worlds that differ only in who else lives there answer the same, byte for
 * byte. Another seed every time; it's printed, and `INTERFERENCE_SEED=... INTERFERENCE_RUNS=...` goes the same way again.
 */
const SEED = Number(process.env.INTERFERENCE_SEED ?? Math.floor(Math.random() * 2 ** 31))
const RUNS = Number(process.env.INTERFERENCE_RUNS ?? 150)

const scopes = Object.keys(accessTable)

async function twin(pair: Sides, name: string, wish: Partial<TokenWish>, isApp = false): Promise<Twin> {
  return { name, quiet: await pair.quiet.caller(wish), noisy: await pair.noisy.caller(wish), isApp }
}

interface Sides {
  quiet: Side
  noisy: Side
}

/** Two worlds, filled at once. */
async function sides(): Promise<Sides> {
  const [quiet, noisy] = await Promise.all([Side.create(), Side.create()])
  return { quiet, noisy }
}

function said({ seed, operations, seconds, answered, difference }: PairReport): string | null {
  const fields = [...answered.values()].reduce((sum, each) => sum + each, 0)
  process.stdout.write(
    `non-interference: INTERFERENCE_SEED=${seed}, ${operations} operations twice in ${seconds.toFixed(1)} s, ${fields} fields answered\n`,
  )
  if (!difference) return null
  const { index, who, document, quiet, noisy } = difference
  return `as ${who}, again by INTERFERENCE_SEED=${seed} INTERFERENCE_RUNS=${index + 1}\n${document}\nquiet: ${quiet}\nnoisy: ${noisy}`
}

describe("another tenant's being there, full and writing", () => {
  let both: Sides
  let pair: Pair
  let noise: Noise
  let staff: Twin[]
  beforeAll(async () => {
    both = await sides()
    const neighbour = await both.noisy.world.provider('summit')
    for (const side of [both.quiet, both.noisy])
      for (const number of ['zqC1', 'C-2']) await side.fill(side.provider, number)
    const foreign = await both.noisy.fill(neighbour, 'zqC1')
    noise = await Noise.by(foreign)
    staff = [
      await twin(both, 'staff ADMIN', { role: ['ADMIN'] }),
      await twin(both, 'staff AGENT', { role: ['AGENT'] }),
      await twin(both, 'staff FINANCE', { role: ['FINANCE'] }),
      await twin(both, 'a service', { service: 'agent', scope: scopes }),
    ]
    pair = await Pair.of(both.quiet, both.noisy, staff[0] as Twin, [await neighbour.admin()])
  })
  afterAll(async () => {
    await both?.quiet.world.close()
    await both?.noisy.world.close()
  })

  it('changes no byte of any answer', async () => {
    const report = await noise.during(() => pair.run({ seed: SEED, runs: RUNS, twins: staff }))
    expect(said(report)).toBeNull()
    expect(noise.writes).toBeGreaterThan(10)
  })
})
