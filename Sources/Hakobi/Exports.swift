// A program imports one module for its jobs and its handlers; the contract comes along.
@_exported public import HakobiCore
