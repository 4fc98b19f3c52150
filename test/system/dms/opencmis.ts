export { type OpenCmis, hasOpenCmisTools, startOpenCmis } from '@ozg-hub/testing';
