import Testing

@testable import ServiceKit

@Suite struct RandomTextTests {
    @Test func `a UUID has its version and variant in their places`() {
        #expect(UUIDText.version4(0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210) == "01234567-89ab-4def-bedc-ba9876543210")
        #expect(UUIDText.version4(0, 0) == "00000000-0000-4000-8000-000000000000")
        #expect(UUIDText.version4(.max, .max) == "ffffffff-ffff-4fff-bfff-ffffffffffff")
    }

    @Test func `no two are equal`() {
        #expect(Set((0..<1000).map { _ in UUIDText.random() } + (0..<1000).map { _ in RequestID.random() }).count == 2000)
    }
}
