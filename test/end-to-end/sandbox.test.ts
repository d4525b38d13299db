import { describeSandbox } from './sandbox-suite.ts';

describeSandbox('embedded');
