export { ContextTransformer, type RuleSummary } from './context-transformer.js';
export { BUILT_IN_RULE_FOLDER, builtInRules, RuleFolder, type RuleFolderOptions } from './rule-folder.js';
export { readRuleFile } from './rule-file.js';
export type { RuleMistake } from './rule-mistakes.js';
export { traceSentence } from './trace-sentence.js';
export { capabilityMatches, type RuleOrigin, type TransformRule } from './rule.js';
