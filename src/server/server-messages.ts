import { addMessages } from '../platform/language.js'

/** What the door says of a request that can't be read. */
addMessages({
  NO_SUCH_ADDRESS: {
    en: 'There is nothing here. The API is at /graphql.',
    'zh-CN': '此处无内容。接口地址为 /graphql。',
  },
  METHOD_NOT_ALLOWED: {
    en: 'GraphQL takes POST, and GET for queries.',
    'zh-CN': 'GraphQL 接口仅接受 POST;查询也可使用 GET。',
  },
  MUTATION_BY_GET: {
    en: 'GET is for queries only: send this by POST.',
    'zh-CN': 'GET 仅用于查询:请改用 POST。',
  },
  BAD_REQUEST: { en: 'The request cannot be read.', 'zh-CN': '无法读取该请求。' },
  INVALID_JSON: {
    en: 'The body is not a JSON object in UTF-8.',
    'zh-CN': '请求体不是 UTF-8 编码的 JSON 对象。',
  },
  WRONG_CONTENT_TYPE: {
    en: 'The body takes the content type application/json.',
    'zh-CN': '请求体的类型应为 application/json。',
  },
  NOT_ACCEPTABLE: {
    en: 'Answers are application/graphql-response+json or application/json: accept one of them.',
    'zh-CN': '响应类型为 application/graphql-response+json 或 application/json:请接受其中之一。',
  },
  BODY_TOO_LARGE: { en: 'The body is over {max} bytes.', 'zh-CN': '请求体超过 {max} 字节。' },
  HEADERS_TOO_LARGE: {
    en: 'The address and headers are too long: send long queries by POST.',
    'zh-CN': '地址或请求头过长:较长的查询请使用 POST。',
  },
  REQUEST_TOO_SLOW: { en: 'The request did not arrive in time.', 'zh-CN': '请求未在规定时间内送达。' },
  BATCH_REFUSED: {
    en: 'One operation per request: batches are not taken.',
    'zh-CN': '每个请求仅含一个操作:不接受批量请求。',
  },
  NO_QUERY: { en: 'The request holds no query.', 'zh-CN': '请求中没有 query。' },
  BAD_PARAMETER: {
    en: 'The parameter {name} has the wrong type, is not JSON or is given twice.',
    'zh-CN': '参数 {name} 类型不符、不是 JSON 或重复。',
  },
})

/**
 * What is said instead of graphql-js's own sentences: in both languages, and naming only what the schema names.
 * `{hint}` is one of the SUGGESTION sentences, or nothing.
 */
addMessages({
  SUGGESTION: { en: ' Did you mean {words}?', 'zh-CN': ' 您是否指 {words}?' },
  GRAPHQL_PARSE_FAILED: { en: 'The document is not GraphQL.', 'zh-CN': '文档不符合 GraphQL 语法。' },
  SYNTAX_AT: {
    en: 'The document is not GraphQL at line {line}, column {column}.',
    'zh-CN': '文档第 {line} 行第 {column} 列不符合 GraphQL 语法。',
  },
  SYNTAX_EXPECTED: {
    en: 'The document is not GraphQL at line {line}, column {column}: it takes {expected} there.',
    'zh-CN': '文档第 {line} 行第 {column} 列不符合 GraphQL 语法:此处应为 {expected}。',
  },
  GRAPHQL_VALIDATION_FAILED: {
    en: 'The document does not fit the schema here.',
    'zh-CN': '文档此处与模式不符。',
  },
  FIELD_UNKNOWN: {
    en: 'The type "{type}" has no such field.{hint}',
    'zh-CN': '类型 "{type}" 没有此字段。{hint}',
  },
  ARGUMENT_UNKNOWN: {
    en: 'The field "{field}" of "{type}" takes no such argument.{hint}',
    'zh-CN': '"{type}" 的字段 "{field}" 没有此参数。{hint}',
  },
  DIRECTIVE_ARGUMENT_UNKNOWN: {
    en: 'The directive "@{directive}" takes no such argument.{hint}',
    'zh-CN': '指令 "@{directive}" 没有此参数。{hint}',
  },
  DIRECTIVE_UNKNOWN: { en: 'There is no such directive.', 'zh-CN': '指令不存在。' },
  DIRECTIVE_MISPLACED: { en: 'The directive may not stand here.', 'zh-CN': '指令不能用于此处。' },
  FRAGMENT_UNKNOWN: { en: 'The document has no such fragment.', 'zh-CN': '文档中没有此片段。' },
  FRAGMENT_UNUSED: { en: 'The fragment is never used.', 'zh-CN': '片段未被使用。' },
  FRAGMENT_CIRCULAR: { en: 'The fragment holds itself.', 'zh-CN': '片段循环引用自身。' },
  FRAGMENT_IMPOSSIBLE: {
    en: 'A "{parent}" can never be a "{type}": the fragment cannot stand here.',
    'zh-CN': '"{parent}" 不可能是 "{type}":片段不能用于此处。',
  },
  FRAGMENT_ON_LEAF: {
    en: 'A fragment takes an object, interface or union type.',
    'zh-CN': '片段只能用于对象、接口或联合类型。',
  },
  TYPE_UNKNOWN: { en: 'There is no such type.{hint}', 'zh-CN': '类型不存在。{hint}' },
  OPERATION_NOT_ALONE: {
    en: 'An operation without a name must be the only one in its document.',
    'zh-CN': '匿名操作必须是文档中唯一的操作。',
  },
  NOT_EXECUTABLE: {
    en: 'A document holds operations and fragments only.',
    'zh-CN': '文档只能包含操作和片段。',
  },
  VARIABLE_UNDECLARED: { en: 'The variable is not declared.', 'zh-CN': '变量未声明。' },
  VARIABLE_UNUSED: { en: 'The variable is never used.', 'zh-CN': '变量未被使用。' },
  VARIABLE_NO_INPUT: { en: 'A variable takes an input type.', 'zh-CN': '变量只能为输入类型。' },
  VARIABLE_MISFIT: {
    en: 'A variable of type "{type}" does not fit where "{expected}" is expected.',
    'zh-CN': '类型为 "{type}" 的变量不能用于需要 "{expected}" 的位置。',
  },
  FIELDS_CONFLICT: {
    en: 'Two different fields have the same name in the answer: give one of them an alias.',
    'zh-CN': '两个不同的字段在结果中同名:请为其中之一取别名。',
  },
  ARGUMENT_MISSING: {
    en: 'The argument "{argument}" of type "{type}" is required.',
    'zh-CN': '缺少必需的参数 "{argument}"(类型 "{type}")。',
  },
  SELECTION_MISSING: {
    en: 'The field "{field}" of type "{type}" takes a selection of its fields.',
    'zh-CN': '字段 "{field}"(类型 "{type}")需要选择其子字段。',
  },
  SELECTION_UNEXPECTED: {
    en: 'The field "{field}" of type "{type}" has no fields to select.',
    'zh-CN': '字段 "{field}"(类型 "{type}")没有可选择的子字段。',
  },
  GIVEN_TWICE: { en: 'The same name is given twice.', 'zh-CN': '名称重复。' },
  TOO_MANY_ERRORS: { en: 'There are more errors than these.', 'zh-CN': '还有更多错误未列出。' },
  INTROSPECTION_TOO_DEEP: { en: 'The introspection goes too deep.', 'zh-CN': '内省查询过深。' },
  OPERATION_UNNAMED: {
    en: 'The document holds several operations: name one in operationName.',
    'zh-CN': '文档包含多个操作:请在 operationName 中指定其一。',
  },
  OPERATION_UNKNOWN: {
    en: 'The document has no operation of that operationName.',
    'zh-CN': '文档中没有 operationName 所指的操作。',
  },
  OPERATION_MISSING: { en: 'The document holds no operation.', 'zh-CN': '文档中没有操作。' },
  OPERATION_UNSUPPORTED: { en: 'Operations of this kind are not offered.', 'zh-CN': '不支持此类操作。' },
})

/** Of values, in a document or in the variables. */
addMessages({
  VALUE_MISFIT: { en: 'It takes a value of type "{type}".', 'zh-CN': '应为 "{type}" 类型的值。' },
  VALUE_NULL: {
    en: 'It takes a value of type "{type}" and not null.',
    'zh-CN': '应为 "{type}" 类型的值,不能为 null。',
  },
  VALUE_NOT_IN_ENUM: { en: 'It is no value of "{type}".{hint}', 'zh-CN': '不是 "{type}" 的值。{hint}' },
  INPUT_FIELD_UNKNOWN: {
    en: 'The type "{type}" has no such field.{hint}',
    'zh-CN': '类型 "{type}" 没有此字段。{hint}',
  },
  INPUT_FIELD_MISSING: {
    en: 'The field "{field}" of type "{type}" is required.',
    'zh-CN': '缺少必需的字段 "{field}"(类型 "{type}")。',
  },
  VARIABLE_MISSING: {
    en: 'The variable of type "{type}" is required.',
    'zh-CN': '缺少必需的变量(类型 "{type}")。',
  },
  ONE_OF: {
    en: 'The type "{type}" takes exactly one of its fields.',
    'zh-CN': '类型 "{type}" 须恰好提供一个字段。',
  },
  VARIABLE_AT: { en: 'The variables, at {place}: {reason}', 'zh-CN': '变量 {place}:{reason}' },
  TAKES_DateTime: {
    en: 'It takes a DateTime: ISO 8601 with an offset, such as "2026-04-01T09:30:00.000Z".',
    'zh-CN': '应为 DateTime:带时区偏移的 ISO 8601 时间,例如 "2026-04-01T09:30:00.000Z"。',
  },
  TAKES_Date: {
    en: 'It takes a Date, such as "2026-04-01".',
    'zh-CN': '应为 Date,例如 "2026-04-01"。',
  },
  TAKES_Decimal: {
    en: 'It takes a Decimal: a string such as "0.5".',
    'zh-CN': '应为 Decimal:字符串形式的小数,例如 "0.5"。',
  },
  TAKES_ClauseNumber: {
    en: 'It takes a ClauseNumber, such as "2.3.1".',
    'zh-CN': '应为 ClauseNumber(条款编号),例如 "2.3.1"。',
  },
  TAKES_TimeZone: {
    en: 'It takes a TimeZone: a name of the IANA database, such as "Asia/Shanghai".',
    'zh-CN': '应为 TimeZone:IANA 时区名称,例如 "Asia/Shanghai"。',
  },
  TAKES_Int: {
    en: 'It takes an Int: a whole number of 32 bits.',
    'zh-CN': '应为 Int:32 位整数。',
  },
})
