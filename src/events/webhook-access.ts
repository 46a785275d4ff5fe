import { type AccessTable, only } from '../tenancy/index.js'

/** An address may hold a secret in its path, so it's shown to those alone who set endpoints up, and to those who look after the house. */
export const webhookAccess: AccessTable = {
  'webhook:read': only({
    staff: ['ADMIN', 'OPERATOR', 'AUDITOR'],
    customer: ['SIGNATORY'],
    app: true,
    service: true,
  }),
  'webhook:write': only({ staff: ['ADMIN'], customer: ['SIGNATORY'], app: true, service: true }),
}
