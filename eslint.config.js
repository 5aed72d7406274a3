import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', '.local/', '**/.venv/'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  { languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js', '*.cjs'] } } } },
  {
    files: ['**/*.ts'],
    rules: {
      // A port is an abstract class, so that it can be its own token, and an adapter may have no fields.
      '@typescript-eslint/no-extraneous-class': 'off',
      // Adapters implement ports with "implements" and do not inherit from them.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `type` is used for objects and unions alike. Ports are classes, so no interface is needed.
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      // An in-memory adapter fulfils an asynchronous port without awaiting anything.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // jsonwebtoken.decode() reads claims without verifying them, and is easily confused with verify().
      'no-restricted-imports': ['error', { paths: [{ name: 'jsonwebtoken', importNames: ['decode'] }] }],
      'no-restricted-properties': ['error', { object: 'jsonwebtoken', property: 'decode' }],
      'no-console': 'error',
    },
  },
  { files: ['tools/**', 'bench/**', 'src/main.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['tests/**'],
    rules: {
      // chai's assertions are expressions without a call.
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['*.js', '*.cjs'], ...tseslint.configs.disableTypeChecked },
  { files: ['*.cjs'], languageOptions: { sourceType: 'commonjs' } },
);
