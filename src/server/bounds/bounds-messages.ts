import { addMessages } from '../../platform/language.js'

/** What is said of a document that is out of bounds: which bound it is, and where it lies. */
addMessages({
  COST_OVER_LIMIT: {
    en: 'The operation costs {requested} points and one may cost {limit}: ask for less at once, with a smaller first or fewer lists inside each other.',
    'zh-CN':
      '该操作需要 {requested} 点,单次上限为 {limit} 点:请减少一次请求的内容,例如减小 first 或减少列表嵌套。',
  },
  TOO_LARGE_characters: {
    en: 'The document is over {max} characters: put long texts into variables.',
    'zh-CN': '文档超过 {max} 个字符:较长的文本请放入变量。',
  },
  TOO_LARGE_tokens: {
    en: 'The document is over {max} tokens: put values into variables, or ask in several requests.',
    'zh-CN': '文档超过 {max} 个词法单元:请将值放入变量,或分多次请求。',
  },
  TOO_LARGE_depth: {
    en: 'Fields go at most {max} deep.',
    'zh-CN': '字段嵌套最多 {max} 层。',
  },
  TOO_LARGE_brackets: {
    en: 'Brackets go at most {max} deep.',
    'zh-CN': '括号嵌套最多 {max} 层。',
  },
  TOO_LARGE_fields: {
    en: 'A document selects at most {max} fields, its fragments included wherever they are spread.',
    'zh-CN': '一个文档最多选择 {max} 个字段,片段按每次展开计入。',
  },
  TOO_LARGE_fragments: {
    en: 'A document defines at most {max} fragments.',
    'zh-CN': '一个文档最多定义 {max} 个片段。',
  },
  TOO_LARGE_rootFields: {
    en: 'An operation has at most {max} fields at its root.',
    'zh-CN': '一个操作的根级字段最多 {max} 个。',
  },
  TOO_LARGE_aliases: {
    en: 'A document has at most {max} aliases.',
    'zh-CN': '一个文档最多 {max} 个别名。',
  },
  TOO_LARGE_repeats: {
    en: 'The same field stands at most {max} times in one place.',
    'zh-CN': '同一字段在同一位置最多出现 {max} 次。',
  },
  TOO_LARGE_directivesInOnePlace: {
    en: 'At most {max} directives stand in one place.',
    'zh-CN': '同一位置最多 {max} 个指令。',
  },
  TOO_LARGE_directives: {
    en: 'A document has at most {max} directives.',
    'zh-CN': '一个文档最多 {max} 个指令。',
  },
  TOO_LARGE_introspectionLists: {
    en: 'Introspection lists go at most {max} deep: ask for a type by its name.',
    'zh-CN': '内省列表嵌套最多 {max} 层:请按名称查询类型。',
  },
  TOO_LARGE_variableDepth: {
    en: 'Lists and objects in the variables go at most {max} deep.',
    'zh-CN': '变量中的列表与对象嵌套最多 {max} 层。',
  },
  TOO_LARGE_listEntries: {
    en: 'A list in an input has at most {max} entries.',
    'zh-CN': '输入中的列表最多 {max} 项。',
  },
})
