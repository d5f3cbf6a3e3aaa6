/** A mistake for the table: what it is, the document with « before the place, what was expected, what is suggested. */
export type MistakeCase = readonly [name: string, document: string, expected: string, suggestion: string];

/** Workflows that the documents may use. */
export const USED_WORKFLOWS = {
  'clean-up': `workflow: clean-up
version: 1
title: Clean
inputs:
  clip: { type: clip, help: What is cleaned }
  level: { type: number, default: 0, minimum: 0, maximum: 9 }
  kind: { type: choice, options: [soft, hard], default: soft }
steps:
  - id: a
    use: note
outputs:
  clip: \${ inputs.clip }
`,
  circle: `workflow: circle
version: 1
title: Circle
steps:
  - id: back
    workflow: test
`,
  broken: `workflow: broken
version: 1
title: Broken
steps:
  - id: a
    use: nothing-like-it
`,
};

export const MISTAKES: readonly MistakeCase[] = [
  [
    'a bracket that is not closed',
    `workflow: test
version: 1
title: Test
steps: [«`,
    'entries of a map or list that begin in one column, and every bracket closed',
    'close every bracket, and indent this line as the entries around it',
  ],
  [
    'a tab as indentation',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
«	use: note
`,
    'spaces as indentation',
    'indent by two spaces for each level',
  ],
  [
    'a quotation mark that is not closed',
    `workflow: test
version: 1
title: "Test
steps: []
«`,
    'a closing quotation mark or bracket, or a space behind the colon',
    'close it',
  ],
  [
    'an entry that is indented otherwise',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
«   when: x
`,
    'an entry that begins with "- ", or a key in the column of the keys above',
    'indent this line as the keys above it',
  ],
  [
    'an expression in a flow map without quotation marks',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: record
    with: { bridge: «\${ run.bridge } }
`,
    'the expression in quotation marks',
    "'${ run.bridge }'",
  ],
  [
    'an expression with a colon without quotation marks',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    with:
      text: «\${ run.seed > 1 ? "a" : "b" }
`,
    'the expression in quotation marks',
    '\'${ run.seed > 1 ? "a" : "b" }\'',
  ],
  [
    'two documents in one file',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
«---
workflow: two
`,
    'one document in a file',
    'remove the "---" and what follows it',
  ],
  [
    'a key twice',
    `workflow: test
version: 1
title: Test
«title: Again
steps:
  - id: a
    use: note
`,
    'each key once in a map',
    'keep one of the two',
  ],
  [
    'an alias',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    with: &w { text: x }
  - id: b
    use: note
    with: «*w
`,
    'the value itself',
    'write the value itself here',
  ],
  [
    'a tag',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    with: { text: «!secret x }
`,
    'a plain value',
    'write a plain value here',
  ],
  [
    'an empty document',
    `«# nothing
`,
    'a workflow',
    'begin with "workflow: <name>"',
  ],
  [
    'a document that is a list',
    `«- a
- b
`,
    'a workflow: a map with workflow, version, title and steps',
    'write a workflow: a map with workflow, version, title and steps here',
  ],
  [
    'an unknown key of the document',
    `workflow: test
«verison: 1
title: Test
steps:
  - id: a
    use: note
`,
    'one of workflow, version, title, help, inputs, limits, steps, outputs',
    'version',
  ],
  [
    'a missing key of the document',
    `«workflow: test
version: 1
steps:
  - id: a
    use: note
`,
    'title: For lists',
    'add "title:"',
  ],
  [
    'a name that is not in kebab-case',
    `workflow: «myTest
version: 1
title: Test
steps:
  - id: a
    use: note
`,
    'lower-case words with hyphens, such as two-words',
    'my-test',
  ],
  [
    'a version that is no number',
    `workflow: test
version: «one
title: Test
steps:
  - id: a
    use: note
`,
    'a number',
    'write a number here',
  ],
  [
    'a list of steps that is empty',
    `workflow: test
version: 1
title: Test
steps: «[]
`,
    'at least one step',
    'add a step, or remove the block',
  ],
  [
    'steps that are a map',
    `workflow: test
version: 1
title: Test
steps:
  «first:
    use: note
`,
    'a list of steps',
    'write a list of steps here',
  ],
  [
    'a step that is a text',
    `workflow: test
version: 1
title: Test
steps:
  - «note
`,
    'a step: a map with id and use, parallel, repeat, choose or workflow',
    'write a step: a map with id and use, parallel, repeat, choose or workflow here',
  ],
  [
    'a step without an id',
    `workflow: test
version: 1
title: Test
steps:
  - «use: note
`,
    'id: Name of the step: lower-case words with hyphens, unique in its block and the blocks around it',
    'add "id:"',
  ],
  [
    'an id with capital letters',
    `workflow: test
version: 1
title: Test
steps:
  - id: «TakeOne
    use: note
`,
    'lower-case words with hyphens, such as two-words',
    'take-one',
  ],
  [
    'an id twice',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
  - id: «a
    use: note
`,
    'an id of its own',
    'a-2',
  ],
  [
    'an id that a block around it has',
    `workflow: test
version: 1
title: Test
steps:
  - id: inner
    repeat: { atMost: 2, until: '\${ true }' }
    steps:
      - id: «inner
        use: note
`,
    'an id of its own',
    'inner-2',
  ],
  [
    'a step without a kind',
    `workflow: test
version: 1
title: Test
steps:
  - «id: a
    with: { text: x }
`,
    'one of use, parallel, repeat, choose, workflow',
    'add "use:" with a step of the catalogue',
  ],
  [
    'a kind that is mistyped',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    «paralel: { times: 2 }
    steps: []
`,
    'one of use, parallel, repeat, choose, workflow',
    'parallel',
  ],
  [
    'a step of two kinds',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    «workflow: clean-up
`,
    'one of use, parallel, repeat, choose, workflow',
    'make two steps of it',
  ],
  [
    'an unknown key of a step',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    «onFail: continue
`,
    'one of id, use, with, when, onFailure, deadlineSeconds, attempts, whenUnavailable',
    'onFailure',
  ],
  [
    'a word that is not among those for onFailure',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    onFailure: «continu
`,
    'one of stop, continue',
    'continue',
  ],
  [
    'more attempts than there may be',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    attempts: «50
`,
    'at most 10',
    '10',
  ],
  [
    'a deadline that is negative',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    deadlineSeconds: «-3
`,
    'more than 0',
    'write more than 0 here',
  ],
  [
    'whenUnavailable on a step that is always there',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    «whenUnavailable: skip
`,
    'whenUnavailable only with a step that needs a capability',
    'remove "whenUnavailable:"',
  ],
  [
    'an unknown step',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: «recrod
    with: { bridge: x }
`,
    'one of judge, learn, make, note, record, transcribe',
    'record',
  ],
  [
    'an unknown parameter',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: record
    with: { bridge: x, «bar: 4 }
`,
    'one of bridge, bars, mode',
    'bars',
  ],
  [
    'a missing parameter',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: make
    «with: { prompt: bass }
`,
    'seed: a number',
    'add "seed:" under "with:"',
  ],
  [
    'a parameter of another type',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: record
    with: { bridge: x, bars: «four }
`,
    'a number',
    'write a number here',
  ],
  [
    'a parameter beyond its bounds',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: record
    with: { bridge: x, bars: «100 }
`,
    'at most 64',
    '64',
  ],
  [
    'a parameter that is not among its options',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: record
    with: { bridge: x, mode: «tak }
`,
    'one of refuse, take',
    'take',
  ],
  [
    'an entry of a list of another type',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: make
    with: { prompt: x, seed: 1, terms: [dark, «7] }
`,
    'text',
    'write text here',
  ],
  [
    'an unknown field of a map',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: make
    with: { prompt: x, seed: 1, weights: { temp: «1 } }
`,
    'one of tempo, key',
    'tempo',
  ],
  [
    'an expression of another type',
    `workflow: test
version: 1
title: Test
steps:
  - id: take
    use: record
    with: { bridge: x }
  - id: a
    use: make
    with:
      prompt: x
      seed: «\${ steps.take.clip }
`,
    'a number',
    'write a number here',
  ],
  [
    'an expression that is no list where one is needed',
    `workflow: test
version: 1
title: Test
steps:
  - id: take
    use: record
    with: { bridge: x }
  - id: a
    use: judge
    with:
      clips: «\${ steps.take.clip }
`,
    'a list of text',
    'write a list of text here',
  ],
  [
    'an expression that is not closed',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    with:
      text: seed «\${ run.seed
`,
    '"}" at its end',
    '${ run.seed }',
  ],
  [
    'an expression that is empty',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    with:
      text: «\${ }
`,
    'a CEL expression',
    'write a CEL expression here',
  ],
  [
    'an expression that ends too early',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    when: \${ run.seed > «}
`,
    'a value, a name or "("',
    'write a value, a name or "(" here',
  ],
  [
    'one equals sign',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    when: \${ run.seed «= 3 }
`,
    'an operator or the end of the expression',
    '==',
  ],
  [
    'a text in an expression that is not closed',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    when: \${ run.bridge == «'x }
`,
    'a closing quotation mark',
    'write a closing quotation mark here',
  ],
  [
    'a condition that is plain text',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    when: «run.seed > 3
`,
    '${ … }',
    '${ run.seed > 3 }',
  ],
  [
    'a condition that is a number',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    when: «\${ run.seed }
`,
    'true or false',
    'write true or false here',
  ],
  [
    'an input that is not there',
    `workflow: test
version: 1
title: Test
inputs:
  bridge: { type: text }
steps:
  - id: a
    use: record
    with:
      bridge: \${ inputs.«brige }
`,
    'one of bridge',
    'bridge',
  ],
  [
    'an input without "inputs."',
    `workflow: test
version: 1
title: Test
inputs:
  bridge: { type: text }
steps:
  - id: a
    use: record
    with:
      bridge: \${ «bridge }
`,
    'one of inputs, run, steps',
    'inputs.bridge',
  ],
  [
    'a step that is not there',
    `workflow: test
version: 1
title: Test
steps:
  - id: take
    use: record
    with: { bridge: x }
  - id: a
    use: note
    with:
      text: \${ steps.«tak.clip }
`,
    'one of take',
    'take',
  ],
  [
    'a step that comes later',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    with:
      text: \${ steps.«take.clip }
  - id: take
    use: record
    with: { bridge: x }
`,
    'no step, since none comes before this one',
    'put "take" before "a"',
  ],
  [
    'a step that uses itself',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    with:
      text: \${ string(steps.«a) }
`,
    'no step, since none comes before this one',
    'use a step before it',
  ],
  [
    'a step inside a block that is out of sight',
    `workflow: test
version: 1
title: Test
steps:
  - id: some
    parallel: { times: 2 }
    steps:
      - id: inner
        use: note
  - id: after
    use: note
    with:
      text: \${ string(steps.«inner) }
`,
    'a step of this block or of one around it',
    'hand its result on by the output of "some" and use steps.some',
  ],
  [
    'the output of the block around it',
    `workflow: test
version: 1
title: Test
steps:
  - id: some
    parallel: { times: 2 }
    steps:
      - id: in
        use: note
        with:
          text: \${ string(steps.«some) }
`,
    'no step, since none comes before this one',
    'use a step before it',
  ],
  [
    'a field that a step does not have',
    `workflow: test
version: 1
title: Test
steps:
  - id: take
    use: record
    with: { bridge: x }
  - id: a
    use: note
    with:
      text: \${ steps.take.«clp }
`,
    'one of clip, tempoBpm, key',
    'clip',
  ],
  [
    'a field of a field that is not there',
    `workflow: test
version: 1
title: Test
steps:
  - id: m
    use: make
    with: { prompt: x, seed: 1 }
  - id: a
    use: note
    when: \${ steps.m.facts.«lop }
`,
    'one of bars, loop',
    'loop',
  ],
  [
    'a field of a number',
    `workflow: test
version: 1
title: Test
steps:
  - id: take
    use: record
    with: { bridge: x }
  - id: a
    use: note
    when: \${ steps.take.tempoBpm.«value > 3 }
`,
    'a map',
    'write a map here',
  ],
  [
    'all steps at once',
    `workflow: test
version: 1
title: Test
steps:
  - id: take
    use: record
    with: { bridge: x }
  - id: a
    use: note
    when: \${ size(«steps) > 0 }
`,
    'steps.<id>',
    'write steps.<id> here',
  ],
  [
    'a step in brackets',
    `workflow: test
version: 1
title: Test
steps:
  - id: take
    use: record
    with: { bridge: x }
  - id: a
    use: note
    with:
      text: \${ «steps["take"].clip }
`,
    'steps.<id>',
    'steps.take',
  ],
  [
    'a minus sign without blanks',
    `workflow: test
version: 1
title: Test
steps:
  - id: take
    use: record
    with: { bridge: x }
  - id: a
    use: note
    when: \${ steps.«take-1 > 0 }
`,
    'one of take',
    'steps.take - 1',
  ],
  [
    'text and a number added',
    `workflow: test
version: 1
title: Test
steps:
  - id: take
    use: record
    with: { bridge: x }
  - id: a
    use: note
    with:
      text: \${ «"bpm " + steps.take.tempoBpm }
`,
    'two numbers, two texts or two lists',
    'string() makes text of a value, number() makes a number of text',
  ],
  [
    'text and a number compared',
    `workflow: test
version: 1
title: Test
steps:
  - id: take
    use: record
    with: { bridge: x }
  - id: a
    use: note
    when: \${ «steps.take.clip > 3 }
`,
    'two numbers or two texts',
    'string() makes text of a value, number() makes a number of text',
  ],
  [
    'a function that is not there',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    when: \${ «lenght(run.bridge) > 3 }
`,
    `one of size, string, number, abs, floor, ceil, round, min, max, range, has, all, exists, exists_one, filter, map`,
    'size',
  ],
  [
    'a function with too many arguments',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    when: \${ «size(run.bridge, 3) > 3 }
`,
    'size(value)',
    'size(value)',
  ],
  [
    'a function with an argument of another type',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    use: note
    when: \${ round(«run.bridge) > 3 }
`,
    'a number',
    'write a number here',
  ],
  [
    'a condition of a list that is no condition',
    `workflow: test
version: 1
title: Test
steps:
  - id: m
    use: make
    with: { prompt: x, seed: 1 }
  - id: a
    use: note
    when: \${ steps.m.words.exists(word, «size(word)) }
`,
    'true or false',
    'write true or false here',
  ],
  [
    'a mistake in the second line of an expression',
    `workflow: test
version: 1
title: Test
steps:
  - id: take
    use: record
    with: { bridge: x }
  - id: a
    use: note
    with:
      text: |
        tempo \${ string(steps.take.tempoBpm) } and
        key \${ steps.take.«kay }
`,
    'one of clip, tempoBpm, key',
    'key',
  ],
  [
    'branches that are not said',
    `workflow: test
version: 1
title: Test
steps:
  - id: some
    «parallel: { as: one }
    steps:
      - id: inner
        use: note
`,
    'one of times, forEach, branches',
    'add "times:", "forEach:" or "branches:"',
  ],
  [
    'branches that are said twice',
    `workflow: test
version: 1
title: Test
steps:
  - id: some
    parallel: { times: 2, «forEach: [1] }
    steps:
      - id: inner
        use: note
`,
    'one of times, forEach, branches',
    'remove "forEach:"',
  ],
  [
    'a number of branches without a bound',
    `workflow: test
version: 1
title: Test
steps:
  - id: some
    «parallel:
      times: \${ run.seed }
    steps:
      - id: inner
        use: note
`,
    'atMost: a number up to 2000, since an expression says how many there are',
    'add "atMost:"',
  ],
  [
    'a list to go through without a bound',
    `workflow: test
version: 1
title: Test
steps:
  - id: m
    use: make
    with: { prompt: x, seed: 1 }
  - id: some
    «parallel:
      forEach: \${ steps.m.words }
    steps:
      - id: inner
        use: note
`,
    'atMost: a number up to 2000, since an expression says how many there are',
    'add "atMost:"',
  ],
  [
    'something to go through that is no list',
    `workflow: test
version: 1
title: Test
steps:
  - id: take
    use: record
    with: { bridge: x }
  - id: some
    parallel:
      forEach: «\${ steps.take.clip }
      atMost: 4
    steps:
      - id: inner
        use: note
`,
    'a list',
    'write a list here',
  ],
  [
    'no branches at all',
    `workflow: test
version: 1
title: Test
steps:
  - id: some
    parallel: { times: «0 }
    steps:
      - id: inner
        use: note
`,
    'at least 1',
    '1',
  ],
  [
    'more branches than the bound',
    `workflow: test
version: 1
title: Test
steps:
  - id: some
    parallel: { times: 5, atMost: «3 }
    steps:
      - id: inner
        use: note
`,
    'at least 5',
    '5',
  ],
  [
    'more branches that must succeed than there are',
    `workflow: test
version: 1
title: Test
steps:
  - id: some
    parallel: { times: 2, atLeast: «3 }
    steps:
      - id: inner
        use: note
`,
    'at most 2',
    '2',
  ],
  [
    'a loop variable with a reserved name',
    `workflow: test
version: 1
title: Test
steps:
  - id: some
    parallel: { times: 2, as: «inputs }
    steps:
      - id: inner
        use: note
`,
    'a name of its own',
    'thisInputs',
  ],
  [
    'a loop variable of a loop around it',
    `workflow: test
version: 1
title: Test
steps:
  - id: some
    parallel: { times: 2, as: one }
    steps:
      - id: more
        parallel: { times: 2, as: «one }
        steps:
          - id: in
            use: note
`,
    'a name of its own',
    'thisOne',
  ],
  [
    'a field that a loop variable does not have',
    `workflow: test
version: 1
title: Test
steps:
  - id: some
    parallel: { times: 2, as: one }
    steps:
      - id: in
        use: note
        when: \${ one.«value > 1 }
`,
    'one of index, number',
    'use one of index, number',
  ],
  [
    'branches with steps beside them',
    `workflow: test
version: 1
title: Test
steps:
  - id: some
    parallel:
      branches:
        left:
          - id: in
            use: note
    «steps:
      - id: inner
        use: note
`,
    'the steps in each branch',
    'move "steps:" into the branches',
  ],
  [
    'a parallel block without steps',
    `workflow: test
version: 1
title: Test
steps:
  - «id: some
    parallel: { times: 2 }
`,
    'steps: what each branch does',
    'add "steps:"',
  ],
  [
    'a loop without a bound',
    `workflow: test
version: 1
title: Test
steps:
  - id: again
    «repeat:
      until: \${ true }
    steps:
      - id: inner
        use: note
`,
    'atMost: Bound on the number of passes',
    'add "atMost:"',
  ],
  [
    'a loop without a condition',
    `workflow: test
version: 1
title: Test
steps:
  - id: again
    «repeat: { atMost: 3 }
    steps:
      - id: inner
        use: note
`,
    'until: Condition after each pass, in its inner scope: true ends the loop',
    'add "until:"',
  ],
  [
    'a loop whose condition is no condition',
    `workflow: test
version: 1
title: Test
steps:
  - id: again
    repeat:
      atMost: 3
      until: «\${ run.seed }
    steps:
      - id: inner
        use: note
`,
    'true or false',
    'write true or false here',
  ],
  [
    'a loop with too high a bound',
    `workflow: test
version: 1
title: Test
steps:
  - id: again
    repeat:
      atMost: «5000
      until: \${ true }
    steps:
      - id: inner
        use: note
`,
    'at most 2000',
    '2000',
  ],
  [
    'a block that is empty',
    `workflow: test
version: 1
title: Test
steps:
  - id: again
    repeat: { atMost: 3, until: '\${ true }' }
    steps: «[]
`,
    'at least one step',
    'add a step, or remove the block',
  ],
  [
    'an otherwise that is not the last',
    `workflow: test
version: 1
title: Test
steps:
  - id: way
    choose:
      - otherwise:
          - id: one
            use: note
      - «when: \${ run.seed > 3 }
        steps:
          - id: two
            use: note
`,
    '"otherwise" as the last entry',
    'move "otherwise" to the end',
  ],
  [
    'an entry of choose without when',
    `workflow: test
version: 1
title: Test
steps:
  - id: way
    choose:
      - «wen: \${ run.seed > 3 }
        steps:
          - id: two
            use: note
`,
    'when or otherwise',
    'when',
  ],
  [
    'nothing to choose from',
    `workflow: test
version: 1
title: Test
steps:
  - id: way
    choose: «[]
`,
    'entries with when or otherwise',
    'add an entry with "when:" and "steps:"',
  ],
  [
    'an output of choose as a whole',
    `workflow: test
version: 1
title: Test
steps:
  - id: way
    choose:
      - when: \${ run.seed > 3 }
        steps:
          - id: two
            use: note
    «output: 3
`,
    'one of id, choose, when, onFailure',
    'use one of id, choose, when, onFailure',
  ],
  [
    'an unknown workflow',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    workflow: «clean
`,
    'one of clean-up, circle, broken',
    'clean-up',
  ],
  [
    'a workflow that is not given what it needs',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    workflow: «clean-up
`,
    'clip: text (What is cleaned)',
    'add "clip:" under "with:"',
  ],
  [
    'an input that a workflow does not have',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    workflow: clean-up
    with: { clip: abcd, «levl: 3 }
`,
    'one of clip, level, kind',
    'level',
  ],
  [
    'an input of a workflow beyond its bounds',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    workflow: clean-up
    with: { clip: abcd, level: «20 }
`,
    'at most 9',
    'write at most 9 here',
  ],
  [
    'an option that a workflow does not have',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    workflow: clean-up
    with: { clip: abcd, kind: «sotf }
`,
    'one of soft, hard',
    'soft',
  ],
  [
    'an input of a workflow of another type',
    `workflow: test
version: 1
title: Test
steps:
  - id: take
    use: record
    with: { bridge: x }
  - id: a
    workflow: clean-up
    with:
      clip: abcd
      level: «\${ steps.take.clip }
`,
    'a number',
    'write a number here',
  ],
  [
    'workflows in a circle',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    workflow: «circle
`,
    'a workflow without mistakes',
    `circle.yaml:6:15: steps.back.workflow: The workflows use each other in a circle: test → circle → test: expected a workflow that does not use this one, got test. Help: use "repeat:" for a loop`,
  ],
  [
    'a workflow that uses itself',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    workflow: «test
`,
    'a workflow that does not use this one',
    'use "repeat:" for a loop',
  ],
  [
    'a workflow with mistakes',
    `workflow: test
version: 1
title: Test
steps:
  - id: a
    workflow: «broken
`,
    'a workflow without mistakes',
    `broken.yaml:6:10: steps.a.use: There is no step "nothing-like-it" in the catalogue: expected one of judge, learn, make, note, record, transcribe, got nothing-like-it. Help: use one of judge, learn, make, note, record, transcribe`,
  ],
  [
    'blocks that are nested too deeply',
    `workflow: test
version: 1
title: Test
steps:
  - id: l0
    repeat: { atMost: 1, until: '\${ true }' }
    steps:
      - id: l1
        repeat: { atMost: 1, until: '\${ true }' }
        steps:
          - id: l2
            repeat: { atMost: 1, until: '\${ true }' }
            steps:
              - id: l3
                repeat: { atMost: 1, until: '\${ true }' }
                steps:
                  - id: l4
                    repeat: { atMost: 1, until: '\${ true }' }
                    steps:
                      - id: l5
                        repeat: { atMost: 1, until: '\${ true }' }
                        steps:
                          - id: l6
                            repeat: { atMost: 1, until: '\${ true }' }
                            steps:
                              - id: l7
                                repeat: { atMost: 1, until: '\${ true }' }
                                steps:
                                  - «id: l8
                                    repeat: { atMost: 1, until: '\${ true }' }
                                    steps:
                                      - id: end
                                        use: note
`,
    'at most 8 levels',
    'make a workflow of its own of the inner steps',
  ],
  [
    'more steps than a run may have',
    `workflow: test
version: 1
title: Test
«steps:
  - id: a
    parallel: { times: 100 }
    steps:
      - id: b
        parallel: { times: 100 }
        steps:
          - id: c
            use: note
`,
    'at most 2000 steps in a run, loops and branches multiplied out',
    'lower the bounds of its loops and branches, or split it',
  ],
  [
    'more steps than the document allows',
    `workflow: test
version: 1
title: Test
«steps:
  - id: a
    parallel: { times: 9 }
    steps:
      - id: c
        use: note
limits: { activations: 5 }
`,
    'at most 5 steps in a run, loops and branches multiplied out',
    'lower the bounds of its loops and branches, or split it',
  ],
  [
    'an unknown type of an input',
    `workflow: test
version: 1
title: Test
inputs:
  bars: { type: «int }
steps:
  - id: a
    use: note
`,
    'one of text, number, integer, boolean, clip, choice, list',
    'integer',
  ],
  [
    'an input without a type',
    `workflow: test
version: 1
title: Test
inputs:
  «bars: { help: x }
steps:
  - id: a
    use: note
`,
    `type: clip: a clip of the library by its hash, or the first 4 or more characters of it; choice: one of options; list: entries of the type in of`,
    'add "type:"',
  ],
  [
    'a default of another type',
    `workflow: test
version: 1
title: Test
inputs:
  bars: { type: integer, default: «x }
steps:
  - id: a
    use: note
`,
    'a whole number',
    'write a whole number here',
  ],
  [
    'a default beyond its bounds',
    `workflow: test
version: 1
title: Test
inputs:
  bars: { type: integer, default: «99, maximum: 64 }
steps:
  - id: a
    use: note
`,
    'at most 64',
    '64',
  ],
  [
    'a default that is not among the options',
    `workflow: test
version: 1
title: Test
inputs:
  kind: { type: choice, options: [soft, hard], default: «sofft }
steps:
  - id: a
    use: note
`,
    'one of soft, hard',
    'soft',
  ],
  [
    'a default without a value',
    `workflow: test
version: 1
title: Test
inputs:
  kind: { type: text, default: «null }
steps:
  - id: a
    use: note
`,
    'a value, or "optional: true" in its place',
    'write "optional: true" instead of "default:"',
  ],
  [
    'a choice without options',
    `workflow: test
version: 1
title: Test
inputs:
  «kind: { type: choice }
steps:
  - id: a
    use: note
`,
    'options: Of a choice',
    'add "options:"',
  ],
  [
    'a list of nothing',
    `workflow: test
version: 1
title: Test
inputs:
  «clips: { type: list }
steps:
  - id: a
    use: note
`,
    'of: Of a list: what each entry is',
    'add "of:"',
  ],
  [
    'bounds of something that has none',
    `workflow: test
version: 1
title: Test
inputs:
  loop: { type: boolean, «minimum: 1 }
steps:
  - id: a
    use: note
`,
    '"minimum" only with text, number, integer, list',
    'remove "minimum:"',
  ],
  [
    'bounds that leave nothing',
    `workflow: test
version: 1
title: Test
inputs:
  bars: { type: integer, minimum: «9, maximum: 3 }
steps:
  - id: a
    use: note
`,
    'at most 3',
    '3',
  ],
  [
    'an input whose name is no name',
    `workflow: test
version: 1
title: Test
inputs:
  «tempo-bpm: { type: number }
steps:
  - id: a
    use: note
`,
    'a name such as tempoBpm: letters and digits',
    'tempoBpm',
  ],
  [
    'a help with a comma in a flow map',
    `workflow: test
version: 1
title: Test
inputs:
  bars: { type: integer, help: one, «two }
steps:
  - id: a
    use: note
`,
    'one of type, help, default, optional, minimum, maximum, options, of',
    'put text with a comma in it into quotes',
  ],
  [
    'an output with a step that is not there',
    `workflow: test
version: 1
title: Test
steps:
  - id: take
    use: record
    with: { bridge: x }
outputs:
  clip: \${ steps.«tale.clip }
`,
    'one of take',
    'take',
  ],
];
