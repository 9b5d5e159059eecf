import { describeObjective } from '../support/objective-laws.js';

describeObjective('wpc');
describeObjective('wpc-symmetric');
