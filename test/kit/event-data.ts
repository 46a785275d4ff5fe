import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { eventContracts } from '../../src/events/index.js'
import { dataShapeOf, eventDeclaration } from '../../src/tenancy/index.js'

/** A validator that knows all that is published of events, each by its `$id`. */
export function contractValidator(): Ajv2020 {
  // A type may be a list, as in `["string", "null"]`.
  const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, strict: true, strictRequired: false })
  ;(addFormats as unknown as (to: Ajv2020) => void)(ajv)
  for (const [name, text] of eventContracts())
    if (name !== 'asyncapi.json') ajv.addSchema(JSON.parse(text) as object)
  return ajv
}

let validator: Ajv2020 | undefined

/** What an event's data, as clients see it, says otherwise than its schema does, or beside it. */
export function dataProblems(type: string, data: Readonly<Record<string, unknown>>): string[] {
  validator ??= contractValidator()
  const schema = eventDeclaration(type)?.dataSchema
  const validate = (schema && validator.getSchema(schema)) as ValidateFunction | undefined
  if (!validate) return [`${type} has no schema`]
  validate(data)
  const shape = dataShapeOf(type)
  return [
    ...(validate.errors ?? []).map(({ instancePath, message }) => `${type}${instancePath} ${message}`),
    ...Object.keys(data)
      .filter(name => !(name in shape))
      .map(name => `${type}/${name} is not declared`),
  ]
}
