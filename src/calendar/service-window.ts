import { Field, InputType, ObjectType } from 'type-graphql'
import { refuse } from '../platform/failure.js'
import type { ServiceWindow } from './running-time.js'

@ObjectType('ServiceWindow', {
  description: 'The hours of working days in which a clock runs.',
  simpleResolvers: true,
})
export class ServiceWindowType implements ServiceWindow {
  @Field(() => String, { description: 'Local time, `09:00`.' })
  opens!: string

  @Field(() => String, { description: 'Local time of the same day, `18:00`.' })
  closes!: string
}

@InputType({ description: 'The hours of working days in which hours are counted.' })
export class ServiceWindowInput implements ServiceWindow {
  @Field(() => String, { description: 'Local time, `09:00`.' })
  opens!: string

  @Field(() => String, { description: 'Local time of the same day, `18:00`; at least an hour later.' })
  closes!: string
}

const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$/

/** At least an hour: 720 hours, the longest term of 2.3.1, are then counted within three years. */
const SHORTEST_MINUTES = 60

/** A window as it's kept, or a refusal that says what is wrong with it. */
export function checkServiceWindow({ opens, closes }: ServiceWindow, field: string[]): ServiceWindow {
  for (const [name, time] of Object.entries({ opens, closes }))
    if (!TIME.test(time)) throw refuse('INVALID', { field: [...field, name], messageKey: 'TIME_OF_DAY' })
  if (minutesOf(closes) - minutesOf(opens) < SHORTEST_MINUTES)
    throw refuse('INVALID', { field: [...field, 'closes'], messageKey: 'WINDOW_TOO_SHORT' })
  return { opens, closes }
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
