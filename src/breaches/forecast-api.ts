import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import { AGREEMENT_ID, SideEnum } from '../agreements/index.js'
import { OBLIGATION_ID, obligationById, ObligationType, toObligation } from '../obligations/index.js'
import { Failure } from '../platform/failure.js'
import { Allow } from '../platform/graphql/contract.js'
import { MoneyInput, MoneyType, toMoney } from '../platform/graphql/money.js'
import { DateTimeScalar, DecimalScalar, DurationScalar } from '../platform/graphql/scalars.js'
import { NO_UUID, uuidOf } from '../platform/ids.js'
import { parseAmount } from '../platform/money.js'
import { Request } from '../tenancy/index.js'
import { type Assumptions, forecast, type ForecastRow, MAX_FORECAST, spanOf } from './forecast.js'

@InputType({ description: 'What is taken to be so, for this question alone.' })
export class ForecastAssumptions {
  @Field(() => [ID], {
    nullable: true,
    description:
      'Obligations and agreements, at most 100, whose clocks stand still: nothing of theirs falls due.',
  })
  pause?: string[] | null

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Percent of clause 5.3.1 under an amended text, where a rule has no rate of its own.',
  })
  damagesPercent?: string | null

  @Field(() => MoneyInput, {
    nullable: true,
    description: 'The amount that every rule is a percent of, e.g. an amended annual fee.',
  })
  basis?: MoneyInput | null
}

@ObjectType('ForecastEntry', {
  description: 'A deadline that falls due, and what missing it would cost.',
  simpleResolvers: true,
})
export class ForecastEntry {
  row!: ForecastRow

  @Field(() => DateTimeScalar, { description: 'When it falls due.' })
  dueAt!: Date

  @Field(() => SideEnum, { description: 'Who would owe it.' })
  owedBy!: string

  @Field(() => MoneyType, {
    nullable: true,
    description:
      'What missing it adds, within the cap, when all before it are missed as well; of a rule per day or hour the first one. Null where it would need a legal decision.',
  })
  exposure!: MoneyType | null

  @Field(() => MoneyType, {
    nullable: true,
    description: 'What is left of the cap before it; null without one.',
  })
  capRemaining!: MoneyType | null
}

@ObjectType('BreachForecast', {
  description: 'What falls due, in order, with what missing it would cost. Data category BREACH.',
  simpleResolvers: true,
})
export class BreachForecast {
  @Field(() => DateTimeScalar, { description: 'The instant it was computed for.' })
  asOf!: Date

  @Field(() => DateTimeScalar, { description: 'The end of the span.' })
  until!: Date

  @Field(() => [ForecastEntry], { description: `What falls due first in front; at most ${MAX_FORECAST}.` })
  entries!: ForecastEntry[]

  @Field(() => Boolean, {
    description: 'More falls due within the span than is named: ask for a shorter one.',
  })
  hasMore!: boolean

  @Field(() => [MoneyType], { description: 'What all that is named would cost, by currency.' })
  totals!: MoneyType[]
}

@Resolver(() => ForecastEntry)
export class ForecastResolver {
  @Allow('breach:read')
  @Query(() => BreachForecast, {
    nullable: true,
    description:
      'What falls due within a span, of what you may see, in order, with what missing it would cost (clauses 5.1.1, 5.2.1, 5.3.1). It reads alone: nothing is changed by it.',
  })
  async breachForecast(
    @Arg('within', () => DurationScalar, {
      description: 'How far ahead, e.g. `P7D`: from a second to 731 days.',
    })
    within: string,
    @Arg('assume', () => ForecastAssumptions, { nullable: true, description: 'What to take to be so.' })
    assume: ForecastAssumptions | null,
    @Ctx('request') request: Request,
  ): Promise<BreachForecast> {
    const now = await request.now()
    const found = await forecast(request.reads, now, spanOf(within), assumptionsOf(assume))
    const totals = new Map<string, bigint>()
    for (const { exposure } of found.entries)
      if (exposure) totals.set(exposure.currency, (totals.get(exposure.currency) ?? 0n) + exposure.minor)
    return {
      ...found,
      entries: found.entries.map(toEntry),
      totals: [...totals].map(([currency, minor]) => toMoney({ minor, currency })),
    }
  }

  @FieldResolver(() => ObligationType, {
    nullable: true,
    description: 'The duty, with its clock.',
  })
  async obligation(
    @Root() entry: ForecastEntry,
    @Ctx('request') request: Request,
  ): Promise<ObligationType | null> {
    const row = await request.load(obligationById, entry.row.obligationId)
    return row && toObligation(row)
  }
}

function toEntry(row: ForecastRow): ForecastEntry {
  const { dueAt, owedBy, exposure, capRemaining } = row
  return {
    row,
    dueAt,
    owedBy,
    exposure: exposure && toMoney(exposure),
    capRemaining:
      exposure && capRemaining !== null
        ? toMoney({ minor: capRemaining, currency: exposure.currency })
        : null,
  }
}

/** As many as a request looks up by id anywhere. */
const MAX_PAUSED = 100

function assumptionsOf(assume: ForecastAssumptions | null): Assumptions {
  const pause = assume?.pause ?? []
  if (pause.length > MAX_PAUSED)
    throw new Failure('BAD_USER_INPUT', { messageKey: 'FORECAST_PAUSED', params: { max: MAX_PAUSED } })
  const basis = assume?.basis ? parseAmount(assume.basis.amount, assume.basis.currency) : null
  if (assume?.basis && (!basis || basis.minor < 0n)) throw new Failure('BAD_USER_INPUT')
  const percent = assume?.damagesPercent ?? null
  if (percent !== null && (Number(percent) < 0 || Number(percent) > 100)) throw new Failure('BAD_USER_INPUT')
  return {
    paused: pause.map(id => uuidOf(OBLIGATION_ID, id) ?? uuidOf(AGREEMENT_ID, id) ?? NO_UUID),
    damagesPercent: percent,
    basis,
  }
}
