import { defineEntity, p } from '@mikro-orm/postgresql'
import { bookkeeping } from '../persistence/index.js'

const CalendarVersionSchema = defineEntity({
  name: 'CalendarVersion',
  tableName: 'calendar_versions',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    /** ISO 3166: `CN`, `DE-BY`. */
    jurisdiction: p.string().length(6),
    /** Runs per jurisdiction, from 1. */
    number: p.integer(),
    /** Which notice says so. */
    source: p.string().length(500),
    publishedFrom: p.date().$type<string>(),
    publishedThrough: p.date().$type<string>(),
    /** 1 Monday to 7 Sunday. */
    weekend: p.json<number[]>(),
    restDays: p.json<string[]>(),
    workDays: p.json<string[]>(),
    createdAt: p.datetime(3),
  },
  uniques: [{ name: 'calendar_versions_number_key', properties: ['tenantId', 'jurisdiction', 'number'] }],
  indexes: [{ name: 'calendar_versions_created_idx', properties: ['tenantId', 'createdAt', 'id'] }],
  // A calendar is nobody's secret within its tenant: customers' deadlines are counted by it.
  ...bookkeeping(),
})

/** What a tenant has published of a jurisdiction's days, over the shared reference; append-only. */
export class CalendarVersion extends CalendarVersionSchema.class {}
CalendarVersionSchema.setClass(CalendarVersion)
