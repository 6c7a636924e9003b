import HakobiDatabase
import Testing
