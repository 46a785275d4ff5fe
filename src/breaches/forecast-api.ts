import { Arg, Ctx, Field, FieldResolver, Int, ObjectType, Query, Resolver, Root } from 'type-graphql'
import { DamagesModeEnum, SideEnum } from '../agreements/index.js'
import { obligationById, ObligationType, toObligation } from '../obligations/index.js'
import { Allow } from '../platform/graphql/contract.js'
import { MoneyType, toMoney } from '../platform/graphql/money.js'
import { DateTimeScalar, DurationScalar } from '../platform/graphql/scalars.js'
import { Request } from '../tenancy/index.js'
import { forecast, MAX_FORECAST, spanOf } from './forecast.js'
import { assumptionsOf, ForecastAssumptions } from './forecast-inputs.js'
import type { ForecastRow } from './forecast-prices.js'

@ObjectType('ForecastEntry', {
  description: 'A deadline that falls due, and what missing it would cost.',
  simpleResolvers: true,
})
export class ForecastEntry {
  row!: ForecastRow

  @Field(() => DateTimeScalar, { description: 'When it falls due, under the assumptions.' })
  dueAt!: Date

  @Field(() => SideEnum, { description: 'Who would owe it.' })
  owedBy!: string

  @Field(() => MoneyType, {
    nullable: true,
    description:
      'What missing it adds, within the cap, when all before it are missed as well; of a rule per day or hour the first one, or all that begin up to `undoneUntil`. Null where it would need a legal decision.',
  })
  exposure!: MoneyType | null

  @Field(() => DamagesModeEnum, {
    nullable: true,
    description: 'How often it would be owed: once, per day or per started hour; null as the exposure.',
  })
  mode!: string | null

  @Field(() => Int, { nullable: true, description: 'Days or hours that the exposure counts; 1 of once.' })
  units!: number | null

  @Field(() => MoneyType, {
    nullable: true,
    description: 'What each further day or hour would add, before the cap; null of once.',
  })
  perUnit!: MoneyType | null

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
    const found = await forecast(request, now, spanOf(within), assumptionsOf(assume, now))
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
  const { dueAt, owedBy, exposure, capRemaining, mode, units, perUnit } = row
  return {
    row,
    dueAt,
    owedBy,
    exposure: exposure && toMoney(exposure),
    mode,
    units,
    perUnit: perUnit && toMoney(perUnit),
    capRemaining:
      exposure && capRemaining !== null
        ? toMoney({ minor: capRemaining, currency: exposure.currency })
        : null,
  }
}
