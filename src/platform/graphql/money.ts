import { Field, InputType, ObjectType } from 'type-graphql'
import { type Amount, formatMinor } from '../money.js'
import { CurrencyCodeScalar, DecimalScalar } from './scalars.js'

@ObjectType('Money', { description: 'An amount of money.', simpleResolvers: true })
export class MoneyType {
  @Field(() => DecimalScalar, { description: "Always with the currency's minor digits, e.g. `660.00`." })
  amount!: string

  @Field(() => CurrencyCodeScalar, { description: 'ISO 4217.' })
  currency!: string
}

@InputType({ description: 'An amount of money, as given.' })
export class MoneyInput {
  @Field(() => DecimalScalar, { description: 'With no more decimals than the currency has, e.g. `660.00`.' })
  amount!: string

  @Field(() => CurrencyCodeScalar, { description: 'ISO 4217.' })
  currency!: string
}

export const toMoney = (amount: Amount): MoneyType => ({
  amount: formatMinor(amount),
  currency: amount.currency,
})
