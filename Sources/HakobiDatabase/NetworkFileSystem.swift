/// File systems that are another machine's: locks and hints do not hold there as they do on a disk.
package enum NetworkFileSystem {
    /// What such a kind is called, by `statfs(2)`'s word for it; `nil` for a local one.
    package static func name(of type: Int) -> String? {
        // linux/magic.h, and the file systems' own headers for those it leaves out. FUSE tells nothing of what is behind
        // it, and what is behind it is mostly a network: sshfs, s3fs, gluster.
        switch UInt32(truncatingIfNeeded: type) {
        case 0x6969: "NFS"
        case 0xFF53_4D42: "CIFS"
        case 0xFE53_4D42: "SMB2"
        case 0x517B: "SMB"
        case 0x6573_5546: "FUSE"
        case 0x0102_1997: "9p"
        case 0x00C3_6400: "Ceph"
        case 0x5346_414F, 0x6B41_4653: "AFS"
        case 0x0BD0_0BD0: "Lustre"
        case 0x0116_1970: "GFS2"
        case 0x7461_636F: "OCFS2"
        case 0x7375_7245: "Coda"
        case 0x564C: "NCP"
        default: nil
        }
    }
}
